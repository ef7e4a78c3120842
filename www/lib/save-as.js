/**
 * Hand a file to the visitor.
 * @param {Uint8Array | string} content
 * @param {string} name
 */
export function saveAs(content, name) {
  const url = URL.createObjectURL(new Blob([/** @type {BlobPart} */ (content)]));
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  // Safari starts the download only after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
