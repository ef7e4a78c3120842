/**
 * Fields of forms: their value, the one that the page opens with, and how to set them as a visitor would.
 *
 * @typedef {HTMLInputElement | HTMLSelectElement} Control
 */

/** @param {Control} field */
export const valueOf = (field) => (field.type === 'checkbox' && field instanceof HTMLInputElement ? String(field.checked) : field.value);

/** The value that the page opens with. @param {Control} field */
export function standardOf(field) {
  if (field instanceof HTMLSelectElement) return ([...field.options].find((option) => option.defaultSelected) ?? field.options[0])?.value ?? '';
  return field.type === 'checkbox' ? String(field.defaultChecked) : field.defaultValue;
}

/** Set a field as a visitor would. A value that the field cannot have is left out. @param {Control} field @param {string} value */
export function setField(field, value) {
  if (valueOf(field) === value) return;
  if (field instanceof HTMLSelectElement) {
    if (![...field.options].some((option) => option.value === value && !option.hidden)) return;
    field.value = value;
  } else if (field.type === 'checkbox') {
    field.checked = value === 'true';
  } else {
    field.value = value;
  }
  field.dispatchEvent(new Event('input', { bubbles: true }));
  field.dispatchEvent(new Event('change', { bubbles: true }));
}
