'use strict';

const COMMENT_OR_STRING = /\/\*[^]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[^]|[^`\\])*`/g;

/** Replaces comments and strings by blanks. Every other character keeps its offset. */
function codeOf(source) {
  return source.replace(COMMENT_OR_STRING, (text) => text.replace(/[^\n]/g, ' '));
}

/**
 * Cuts one object literal out of code and blanks the values nested in it. Its own keys keep their offsets.
 *
 * @example ownKeys('{ a: [{ b: 1 }], c }', 0) // '{ a: [        ], c }'
 */
function ownKeys(code, open) {
  let depth = 0;
  let keys = '';
  for (const character of code.slice(open)) {
    if ('}])'.includes(character)) depth -= 1;
    keys += depth <= 1 ? character : ' ';
    if ('{[('.includes(character)) depth += 1;
    if (depth === 0) break;
  }
  return keys;
}

function insert(source, offset, text) {
  return source.slice(0, offset) + text + source.slice(offset);
}

/** Inserts one item of a list or an object at its beginning: on a line of its own where the others have one. */
function insertFirst(source, offset, item) {
  const [gap] = /^\s*/.exec(source.slice(offset));
  const isEmpty = /^\s*[\]}]/.test(codeOf(source).slice(offset));
  if (isEmpty) return insert(source, offset, item);
  return insert(source, offset, gap.includes('\n') ? `${gap}${item},` : `${gap}${item},${gap ? '' : ' '}`);
}

module.exports = { codeOf, insert, insertFirst, ownKeys };
