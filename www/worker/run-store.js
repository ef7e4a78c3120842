/**
 * Training runs in the browser's origin private file system, each in a folder of its own with two slots that are written
 * in turns: whatever happens while one is written, the other is whole.
 *
 * A slot is a file of this form:
 *
 * | bytes | content |
 * | --- | --- |
 * | 8 | `ddpmrun1` |
 * | 4 | the header's length, little-endian |
 * | 32 | SHA-256 of the header |
 * | | the header, JSON ({@link Header}), which has the SHA-256 of the run |
 * | | the run: the safetensors file that Rust made (crate/checkpoint/state.rs) |
 *
 * @typedef {import('../protocol.js').RunInfo} RunInfo
 * @typedef {import('./messages.js').StoredRun} StoredRun
 * @typedef {{ sequence: number, name: string, saved: number, size: number, sha256: string, info: RunInfo }} Header
 *   `sequence` grows by 1 with each write; `saved` is in milliseconds since 1970; `size` is the run's, in bytes
 */

const FOLDER = 'runs';
const SLOTS = ['a', 'b'];
const MAGIC = new TextEncoder().encode('ddpmrun1');
const PREFIX = MAGIC.length + 4 + 32;
/** The longest header that is read, in bytes: what is longer is damaged. */
const MOST_HEADER = 1 << 20;

/** Why a run cannot be stored or read; the message is a sentence for the visitor. */
export class StoreError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** @param {Uint8Array} bytes */
async function sha256(bytes) {
  const digest = await crypto.subtle.digest('SHA-256', /** @type {BufferSource} */ (bytes));
  return new Uint8Array(digest);
}

/** @param {Uint8Array} bytes */
const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** @param {Uint8Array} a @param {Uint8Array} b */
const equal = (a, b) => a.length === b.length && a.every((byte, index) => byte === b[index]);

/**
 * Write a file that is open in this worker alone.
 * @param {FileSystemFileHandle} file
 * @param {(access: FileSystemSyncAccessHandle) => void} action
 */
async function writing(file, action) {
  const access = await file.createSyncAccessHandle();
  try {
    action(access);
  } finally {
    access.close();
  }
}

/**
 * Bytes of a file. Unlike writing, reading needs the file not for itself: another tab may be writing.
 * @param {Blob} file
 * @param {number} start
 * @param {number} [end]
 */
const read = async (file, start, end) => new Uint8Array(await file.slice(start, end).arrayBuffer());

/**
 * The header of a slot; `null` if the slot is empty, damaged or cut short.
 * @param {Blob} file
 * @returns {Promise<{ header: Header, start: number } | null>} `start`: where the run begins
 */
async function headerOf(file) {
  const prefix = await read(file, 0, PREFIX);
  if (prefix.length < PREFIX || !equal(prefix.subarray(0, MAGIC.length), MAGIC)) return null;
  const length = new DataView(prefix.buffer).getUint32(MAGIC.length, true);
  if (length > MOST_HEADER) return null;
  const start = PREFIX + length;
  const text = await read(file, PREFIX, start);
  if (!equal(await sha256(text), prefix.subarray(MAGIC.length + 4))) return null;
  /** @type {Header} */
  const header = JSON.parse(new TextDecoder().decode(text));
  return file.size === start + header.size ? { header, start } : null;
}

/**
 * Throws an error anew, and one that says the disk is full in words for the visitor.
 * @param {number} size of the run, in bytes
 * @returns {(error: unknown) => never}
 */
const explained = (size) => (error) => {
  if (!(error instanceof DOMException) || error.name !== 'QuotaExceededError') throw error;
  throw new StoreError('storage_full', `The browser gives this site no room for ${Math.ceil(size / 1e6)} MB more, so the run is not kept since its last checkpoint. Delete runs that you do not need, or export this one.`);
};

export class RunStore {
  #folder;
  /** Operations come one after the other: a file can be open once only. @type {Promise<unknown>} */
  #last = Promise.resolve();

  /** @param {FileSystemDirectoryHandle} folder */
  constructor(folder) {
    this.#folder = folder;
  }

  /**
   * The store of this site.
   * @throws where the browser gives none: from plain http, because it is old, or in private windows; the message is the end
   *   of a sentence
   */
  static async open() {
    if (!isSecureContext) throw new Error('the page came over plain http, and browsers keep files for pages that come over https');
    if (!navigator.storage?.getDirectory) throw new Error('it has no file system for pages');
    let folder;
    try {
      const root = await navigator.storage.getDirectory();
      folder = await root.getDirectoryHandle(FOLDER, { create: true });
    } catch (error) {
      throw new Error(`it refuses to open its file system for pages, as in a private window: ${error}`);
    }
    if (!('createSyncAccessHandle' in FileSystemFileHandle.prototype)) throw new Error('its file system for pages cannot be written to');
    return new RunStore(folder);
  }

  /**
   * @template T
   * @param {() => Promise<T>} operation
   * @returns {Promise<T>}
   */
  #inTurn(operation) {
    const result = this.#last.then(operation);
    this.#last = result.catch(() => {});
    return result;
  }

  /** The slots of a run that hold something whole, the newest first. @param {FileSystemDirectoryHandle} folder */
  async #slots(folder) {
    const slots = [];
    for (const name of SLOTS) {
      const handle = await folder.getFileHandle(name).catch(() => null);
      const file = await handle?.getFile();
      const found = file && await headerOf(file).catch(() => null);
      if (file && found) slots.push({ name, file, ...found });
    }
    return slots.sort((a, b) => b.header.sequence - a.header.sequence);
  }

  /** All runs, the one saved last first. @returns {Promise<StoredRun[]>} */
  list() {
    return this.#inTurn(async () => {
      const runs = [];
      for await (const [id, folder] of this.#folder.entries()) {
        if (!(folder instanceof FileSystemDirectoryHandle)) continue;
        const [newest] = await this.#slots(folder);
        if (!newest) continue;
        const { name, saved, size, info } = newest.header;
        runs.push({ id, name, saved, size, info });
      }
      return runs.sort((a, b) => b.saved - a.saved);
    });
  }

  /**
   * Keep a run, in place of what was kept of it the time before the last.
   * @param {string} id
   * @param {Uint8Array} bytes
   * @param {RunInfo} info
   * @param {string} name of a run that is not kept yet
   * @throws {StoreError} `storage_full`; what was kept of the run last stays
   */
  save(id, bytes, info, name) {
    return this.#inTurn(async () => {
      const folder = await this.#folder.getDirectoryHandle(id, { create: true }).catch(explained(bytes.length));
      const slots = await this.#slots(folder);
      const newest = slots[0];
      const place = SLOTS.find((slot) => slot !== newest?.name) ?? SLOTS[0];
      /** @type {Header} */
      const header = {
        sequence: (newest?.header.sequence ?? 0) + 1,
        name: newest?.header.name ?? name,
        saved: Date.now(),
        size: bytes.length,
        sha256: hex(await sha256(bytes)),
        info,
      };
      await this.#write(folder, place, header, bytes);
    });
  }

  /**
   * @param {FileSystemDirectoryHandle} folder
   * @param {string} place
   * @param {Header} header
   * @param {Uint8Array} bytes
   */
  async #write(folder, place, header, bytes) {
    const text = new TextEncoder().encode(JSON.stringify(header));
    const prefix = new Uint8Array(PREFIX);
    prefix.set(MAGIC);
    new DataView(prefix.buffer).setUint32(MAGIC.length, text.length, true);
    prefix.set(await sha256(text), MAGIC.length + 4);
    try {
      const file = await folder.getFileHandle(place, { create: true });
      await writing(file, (access) => {
        // The run first: without its prefix the slot counts as empty.
        access.truncate(0);
        let at = PREFIX;
        for (const part of [text, bytes]) {
          const written = access.write(/** @type {AllowSharedBufferSource} */ (part), { at });
          // On a full disk Chromium throws nothing, and returns a number that makes no sense.
          if (written !== part.length) throw new DOMException('', 'QuotaExceededError');
          at += written;
        }
        access.flush();
        access.write(prefix, { at: 0 });
        access.flush();
      });
    } catch (error) {
      await folder.removeEntry(place).catch(() => {});
      explained(bytes.length)(error);
    }
  }

  /**
   * A run's file. If the newest slot is damaged, the one before it is used.
   * @param {string} id
   * @returns {Promise<{ bytes: Uint8Array, header: Header, older: boolean }>} `older`: whether the newest was damaged
   * @throws {StoreError} `run_damaged`
   */
  load(id) {
    return this.#inTurn(async () => {
      const folder = await this.#folder.getDirectoryHandle(id).catch(() => null);
      const slots = folder ? await this.#slots(folder) : [];
      // A slot whose header is damaged does not count among them, but it is a file.
      let files = 0;
      for (const name of folder ? SLOTS : []) files += await folder?.getFileHandle(name).then(() => 1, () => 0) ?? 0;
      for (const { file, header, start } of slots) {
        const bytes = await read(file, start);
        if (hex(await sha256(bytes)) !== header.sha256) continue;
        return { bytes, header, older: header !== slots[0]?.header || slots.length < files };
      }
      throw new StoreError('run_damaged', 'What was kept of this run is damaged or gone, so it cannot be continued.');
    });
  }

  /** @param {string} id @param {string} name */
  async rename(id, name) {
    const { bytes, header } = await this.load(id);
    await this.#inTurn(async () => {
      const folder = await this.#folder.getDirectoryHandle(id);
      const [newest] = await this.#slots(folder);
      const place = SLOTS.find((slot) => slot !== newest?.name) ?? SLOTS[0];
      await this.#write(folder, place, { ...header, sequence: (newest?.header.sequence ?? 0) + 1, name }, bytes);
    });
  }

  /** @param {string} id */
  remove(id) {
    return this.#inTurn(() => this.#folder.removeEntry(id, { recursive: true }));
  }
}
