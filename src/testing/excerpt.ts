/** Characters of received content that the message of an error shows. */
const SHOWN = 2000;

/** The begin of a received text, so that the message of an error stays readable whatever a client has got. */
export function excerpt(text: string): string {
  if (text.length <= SHOWN) return text;
  const note = `… (${text.length} characters)`;
  return `${text.slice(0, SHOWN - note.length)}${note}`;
}
