import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * What of VS Code's API the tests of the host use that run without VS Code; esbuild puts it in the place of the module
 * `vscode`. The file system is the map {@link provided}.
 */
export class Uri {
  private constructor(private readonly text: string) {}

  static parse(text: string): Uri {
    return new Uri(text);
  }

  static file(path: string): Uri {
    return new Uri(pathToFileURL(path).href);
  }

  static joinPath(base: Uri, ...segments: string[]): Uri {
    return new Uri([base.text, ...segments.map(encodeURIComponent)].join('/'));
  }

  get fsPath(): string {
    return fileURLToPath(this.text);
  }

  get path(): string {
    return decodeURIComponent(new URL(this.text).pathname);
  }

  toString(): string {
    return this.text;
  }
}

export const FileType = { Unknown: 0, File: 1, Directory: 2, SymbolicLink: 64 } as const;

export class RelativePattern {
  constructor(
    readonly base: Uri,
    readonly pattern: string,
  ) {}
}

export class EventEmitter<T> {
  private readonly listeners = new Set<(value: T) => void>();

  event = (listener: (value: T) => void) => {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  };

  fire(value: T): void {
    for (const listener of this.listeners) listener(value);
  }

  dispose(): void {
    this.listeners.clear();
  }
}

export const QuickPickItemKind = { Separator: -1, Default: 0 } as const;

export class FileSystemError extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

/** Files of a provider: by URI, what to do when one is read. */
export const provided = new Map<string, () => Promise<Uint8Array>>();

/** By URI: what a provider reports, if not a file of one byte; `undefined`: it refuses. */
export const stats = new Map<string, { type: number; size: number; mtime: number } | undefined>();

/** Folders of the workspace. */
export const folders: Uri[] = [];

/** What the log has: level and text. */
export const logged: [level: string, text: string][] = [];

/** Commands that ran, with their first argument, and pages that were opened; `fails`: those that VS Code does not have. */
export const ran = {
  commands: [] as [command: string, argument: unknown][],
  pages: [] as string[],
  fails: new Set<string>(),
};

/** The messages to the user, the answers, and which document was shown where. */
export const person = {
  asked: [] as string[],
  answer: (_choices: readonly string[]): string | undefined => undefined,
  shown: [] as { uri: string; line: number }[],
};

export class Range {
  constructor(
    readonly startLine: number,
    readonly startCharacter: number,
    readonly endLine: number,
    readonly endCharacter: number,
  ) {}
}

const ask = async (message: string, ...choices: string[]) => {
  person.asked.push(message);
  return person.answer(choices);
};

const log = (level: string) => (text: string) => void logged.push([level, text]);

export const version = '1.100.0';
export const UIKind = { Desktop: 1, Web: 2 } as const;
export const env = {
  uiKind: UIKind.Desktop as number,
  language: 'en',
  remoteName: undefined as string | undefined,
  openExternal: async (uri: Uri) => void ran.pages.push(uri.toString()),
};

export const commands = {
  executeCommand: async (command: string, argument?: unknown) => {
    if (ran.fails.has(command)) throw new Error(`command '${command}' not found`);
    ran.commands.push([command, argument]);
  },
};

export const window = {
  createOutputChannel: () => ({ error: log('error'), warn: log('warn') }),
  showInformationMessage: ask,
  showWarningMessage: ask,
  showErrorMessage: ask,
  showQuickPick: async <T extends { label: string }>(
    items: readonly T[],
    options: { placeHolder: string },
  ) => {
    const chosen = await ask(options.placeHolder, ...items.map(({ label }) => label));
    return items.find(({ label }) => label === chosen);
  },
  /** The user types the answer; if the dialog rejects it, there is none. */
  showInputBox: async (options: { title: string; validateInput(value: string): string | undefined }) => {
    const text = await ask(options.title);
    const wrong = text === undefined ? undefined : options.validateInput(text);
    if (wrong === undefined) return text;
    person.asked.push(wrong);
    return undefined;
  },
  showTextDocument: async ({ uri }: { uri: Uri }, { selection }: { selection: Range }) => {
    person.shown.push({ uri: uri.toString(), line: selection.startLine });
  },
};

export const workspace = {
  get workspaceFolders() {
    return folders.map((uri) => ({ uri }));
  },
  getWorkspaceFolder: (uri: Uri) =>
    workspace.workspaceFolders.find((folder) => `${uri}`.startsWith(`${folder.uri}/`)),
  asRelativePath: (uri: Uri) => uri.path,
  /** Settings that the user has not changed. */
  getConfiguration: () => ({ get: <T>(_name: string, preset: T) => preset }),
  onDidChangeConfiguration: () => ({ dispose: () => {} }),
  findFiles: async (glob: string) =>
    [...provided.keys()]
      .filter((each) => each.endsWith(glob.slice('**'.length)))
      .map((each) => Uri.parse(each))
      .filter((uri) => workspace.getWorkspaceFolder(uri) !== undefined),
  openTextDocument: async (uri: Uri) => ({
    uri,
    lineCount: new TextDecoder().decode(await workspace.fs.readFile(uri)).split('\n').length,
  }),
  fs: {
    readFile: async (uri: Uri): Promise<Uint8Array> => {
      const read = provided.get(uri.toString());
      if (read === undefined) throw new FileSystemError('FileNotFound');
      return read();
    },
    readDirectory: async (uri: Uri): Promise<[name: string, type: number][]> => {
      const prefix = `${uri}/`;
      const names = [...provided.keys()].filter((each) => each.startsWith(prefix));
      if (names.length === 0) throw new FileSystemError('FileNotFound');
      return names.map((each) => [decodeURIComponent(each.slice(prefix.length)), FileType.File]);
    },
    writeFile: async (uri: Uri, bytes: Uint8Array): Promise<void> => {
      provided.set(uri.toString(), async () => bytes);
    },
    rename: async (from: Uri, to: Uri, { overwrite }: { overwrite: boolean }): Promise<void> => {
      const read = provided.get(from.toString());
      if (read === undefined) throw new FileSystemError('FileNotFound');
      if (!overwrite && provided.has(to.toString())) throw new FileSystemError('FileExists');
      provided.delete(from.toString());
      provided.set(to.toString(), read);
    },
    delete: async (uri: Uri): Promise<void> => {
      if (!provided.delete(uri.toString())) throw new FileSystemError('FileNotFound');
    },
    stat: async (uri: Uri): Promise<{ type: number; size: number; mtime: number }> => {
      const text = uri.toString();
      if (stats.has(text)) {
        const stat = stats.get(text);
        if (stat === undefined) throw new FileSystemError('NoPermissions');
        return stat;
      }
      if (provided.has(text)) return { type: FileType.File, size: 1, mtime: 5 };
      if (![...provided.keys()].some((each) => each.startsWith(`${text}/`)))
        throw new FileSystemError('FileNotFound');
      return { type: FileType.Directory, size: 0, mtime: 5 };
    },
  },
};
