/** Typed access to the elements that index.html declares. */

/**
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

/** @param {string} id */
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
 */
export function create(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/**
 * What a number field holds; NaN when it holds none. Judging it is Rust's business.
 * @param {string} id
 */
export const number = (id) => input(id).valueAsNumber;

/**
 * Fill a native progress bar; a total of 0 means that the end is not known.
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
 * Rows for a list of facts.
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

/** Draw four random bytes: a seed. */
export const randomSeed = () => crypto.getRandomValues(new Uint32Array(1))[0];
