/**
 * Files that a visitor gives: chosen in a dialog or dropped, alone or in folders.
 *
 * @typedef {{ name: string, file: File }} Given `name`: with the folders that the file lies in, separated by `/`
 */

/** The files that were chosen in a dialog; the input is emptied, so that choosing the same ones again is noticed. @param {HTMLInputElement} chooser @returns {Given[]} */
export function chosenFiles(chooser) {
  const files = [...(chooser.files ?? [])];
  chooser.value = '';
  return files.map((file) => ({ name: file.webkitRelativePath || file.name, file }));
}

/** @param {FileSystemDirectoryEntry} folder @returns {Promise<FileSystemEntry[]>} */
async function entriesOf(folder) {
  const reader = folder.createReader();
  const all = [];
  // It hands over some of them (Chromium: 100) at each call, and none when all have been handed over.
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

/** The files at and below an entry. @param {FileSystemEntry} entry @returns {Promise<Given[]>} */
async function filesBelow(entry) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => {
      /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject);
    });
    return [{ name: entry.fullPath.replace(/^\//, ''), file }];
  }
  const entries = await entriesOf(/** @type {FileSystemDirectoryEntry} */ (entry));
  return (await Promise.all(entries.map(filesBelow))).flat();
}

/** The files that were dropped, those in dropped folders among them. @param {DataTransfer | null} dropped @returns {Promise<Given[]>} */
export async function droppedFiles(dropped) {
  // All is asked for before anything is waited for: the browser empties `dropped` when the event is over.
  const files = [...(dropped?.files ?? [])].map((file) => ({ name: file.name, file }));
  const entries = [...(dropped?.items ?? [])].map((item) => item.webkitGetAsEntry?.());
  const folders = entries.some((entry) => entry?.isDirectory);
  if (!folders) return files;
  const below = await Promise.all(entries.map((entry) => (entry ? filesBelow(entry) : [])));
  return below.flat();
}
