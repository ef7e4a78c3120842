// Files that are written in place, which TypeScript declares for workers only (lib.webworker), not beside the DOM.

interface FileSystemSyncAccessHandle {
  truncate(size: number): void;
  /** The number of bytes written. */
  write(bytes: AllowSharedBufferSource, options?: { at?: number }): number;
  flush(): void;
  close(): void;
}

interface FileSystemFileHandle {
  createSyncAccessHandle(): Promise<FileSystemSyncAccessHandle>;
}
