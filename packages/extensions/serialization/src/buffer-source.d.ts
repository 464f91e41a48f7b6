/** What the declarations of @msgpack/msgpack take from the DOM's, which are not there. */
type BufferSource = ArrayBufferView | ArrayBuffer;
