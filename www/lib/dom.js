/** Helpers for the document: typed access to the elements that index.html declares, and small things every view needs. */

/**
 * The element with this id. Throws where index.html has none of this type, which is a mistake in the page.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function element(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`index.html has no ${type.name} #${id}`);
  return found;
}

/** The element with this id, whatever its type. @param {string} id */
export const any = (id) => element(id, HTMLElement);
/** @param {string} id */
export const button = (id) => element(id, HTMLButtonElement);
/** @param {string} id */
export const input = (id) => element(id, HTMLInputElement);
/** @param {string} id */
export const select = (id) => element(id, HTMLSelectElement);
/** @param {string} id */
export const progress = (id) => element(id, HTMLProgressElement);
/** @param {string} id */
export const canvas = (id) => element(id, HTMLCanvasElement);

/**
 * A new element with these properties and children.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Partial<HTMLElementTagNameMap[T]>} properties
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function create(tag, properties, ...children) {
  const made = document.createElement(tag);
  Object.assign(made, properties);
  made.append(...children);
  return made;
}

/**
 * Whether a field counts: one that is disabled, or hidden because nothing uses it now, does not. That the tool it belongs to is not
 * shown (`data-tool`) does not matter.
 * @param {HTMLInputElement | HTMLSelectElement} field
 */
export const isUsed = (field) => !field.disabled && field.closest('[hidden]:not([data-tool])') === null;

/**
 * The number in a field, NaN where it holds none. Nothing is checked here: Rust refuses what it cannot use and says why.
 * @param {string} id
 */
export const number = (id) => input(id).valueAsNumber;

/**
 * Show how far something is on a progress bar. A total of 0 means that the end is not known: the bar is then indeterminate.
 * @param {HTMLProgressElement} bar
 * @param {number} done
 * @param {number} total
 */
export function fill(bar, done, total) {
  if (total > 0 && done <= total) {
    bar.max = total;
    bar.value = done;
  } else {
    bar.removeAttribute('value');
  }
}

/**
 * The rows of a `<dl class="facts">`.
 * @param {Array<[string, string]>} facts name and value
 */
export function factRows(facts) {
  return facts.map(([term, value]) => {
    const row = document.createElement('div');
    const dt = document.createElement('dt');
    const dd = document.createElement('dd');
    dt.textContent = term;
    dd.textContent = value;
    row.append(dt, dd);
    return row;
  });
}

/**
 * Give the visitor a file, as a download.
 * @param {Uint8Array | Blob | string} content
 * @param {string} name
 */
export function saveAs(content, name) {
  const url = URL.createObjectURL(new Blob([/** @type {BlobPart} */ (content)]));
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  // Safari reads the URL only after the click has returned, so it must stay valid for a while.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/**
 * Add a style sheet to the page; resolves when it is there.
 * @param {string} address
 * @returns {Promise<unknown>} fails with the address where it cannot be had
 */
export function addStyles(address) {
  const link = create('link', { rel: 'stylesheet', href: address });
  return new Promise((resolve, reject) => {
    link.addEventListener('load', resolve);
    link.addEventListener('error', () => {
      link.remove();
      reject(new Error(`${new URL(address).pathname.split('/').slice(-2).join('/')} is missing`));
    });
    document.head.append(link);
  });
}
