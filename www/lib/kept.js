/**
 * What the browser keeps for the page between visits: small values, as JSON. Each is written twice. The tab's own copy
 * (`sessionStorage`) is the one that a reload, a restored tab or a tab that the browser had discarded finds again, whatever other
 * tabs of the page did meanwhile; the copy of the whole browser (`localStorage`) is for a new tab. Both are read at once, before
 * anything is painted, which files of the origin private file system could not be.
 *
 * Where the browser refuses storage (private windows, blocked site data, no room), nothing is kept and the page works without.
 */

/** Reading the property itself throws where storage is refused. */
const STORES = [() => sessionStorage, () => localStorage];

/**
 * The value under a key; `undefined` where there is none. Anybody may have changed it, so callers check what they get.
 * @param {string} key
 * @param {{ ownTab?: boolean }} [options] `ownTab`: only what this tab has kept
 * @returns {unknown}
 */
export function kept(key, { ownTab = false } = {}) {
  for (const store of ownTab ? STORES.slice(0, 1) : STORES) {
    try {
      const text = store().getItem(key);
      if (text !== null) return JSON.parse(text);
    } catch {
      // Refused, or no JSON: perhaps the other copy can be read.
    }
  }
  return undefined;
}

/** Keep a value under a key, in place of the one before it. @param {string} key @param {unknown} value */
export function keep(key, value) {
  const text = JSON.stringify(value);
  for (const store of STORES) {
    try {
      store().setItem(key, text);
    } catch {
      // Refused, or no room.
    }
  }
}

/** Bytes as text. @param {Uint8Array} bytes */
export const textOf = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));

/** The bytes of such a text, if there are so many; else `null`. @param {unknown} text @param {number} length */
export function bytesOf(text, length) {
  try {
    const bytes = Uint8Array.from(atob(String(text)), (letter) => letter.charCodeAt(0));
    return bytes.length === length ? bytes : null;
  } catch {
    return null;
  }
}
