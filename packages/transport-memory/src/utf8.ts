/** How many bytes the text takes in UTF-8; a lone surrogate counts as the three of its replacement character. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2;
    // Two halves make four bytes: three are counted for the first, one for the second, which is passed over.
    if (unit >= 0xd800 && unit < 0xdc00 && isSecondHalf(text.charCodeAt(i + 1))) i++;
  }
  return bytes;
}

/** Whether the text is at most 255 bytes: what AMQP 0-9-1 calls a short string (specification, 4.2.5.3). */
export function isShort(text: string): boolean {
  // No character takes more than three bytes for each unit.
  return text.length <= 85 || (text.length <= 255 && utf8Length(text) <= 255);
}

function isSecondHalf(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
