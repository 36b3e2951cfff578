/**
 * The one catalogue of failures a caller may act on. `status` is the HTTP status a surface answers with, `title` says
 * what kind of failure it is, `remedy` what to do about it. The message of an `IwError` adds the value that was wrong.
 * `docs/reference/errors.md` is generated from this table; a test keeps it complete.
 */
export const errorCatalogue = {
  // kernel
  IW_KERNEL_BUG: {
    status: 500,
    title: 'A defect of Interwork itself',
    remedy: 'Report it with the log line of the same id.',
  },
  IW_KERNEL_UNIT: {
    status: 400,
    title: 'Unknown unit',
    remedy: 'Use a UCUM code such as kW, Cel, bar, m3/h, or leave the unit out.',
  },

  // settings and instance
  IW_SETTINGS_UNKNOWN_KEY: {
    status: 400,
    title: 'Unknown settings key',
    remedy: 'Use the key named in the message, or remove the line.',
  },
  IW_SETTINGS_INVALID: {
    status: 400,
    title: 'A setting has a value it cannot have',
    remedy: 'Correct the value at the path named, then run `interwork config check`.',
  },
  IW_SETTINGS_UNREADABLE: {
    status: 400,
    title: 'The settings file cannot be read',
    remedy: 'Check that the file exists, is readable and is YAML.',
  },
  IW_INSTANCE_EXPORT: {
    status: 500,
    title: 'The export did not come to its end',
    remedy: 'Export again; what was fetched of this one is not complete.',
  },
  IW_INSTANCE_BACKUP: {
    status: 409,
    title: 'The backup cannot be made, read or restored',
    remedy: 'The message names the file or the reason; a restore changes nothing until everything is proven.',
  },
  IW_INSTANCE_FOLDER_LOCKED: {
    status: 409,
    title: 'Another process uses this data folder',
    remedy: 'Stop the other instance, or start this one with another --data folder.',
  },
  IW_INSTANCE_FOLDER_NEWER: {
    status: 409,
    title: 'The data folder was written by a newer version',
    remedy: 'Start the newer version, or restore a backup made by this one.',
  },
  IW_INSTANCE_FOLDER_UNUSABLE: {
    status: 500,
    title: 'The data folder cannot be used',
    remedy: 'Check that the path is a folder this user may write to and that the disk has space.',
  },
  IW_INSTANCE_PORT_TAKEN: {
    status: 409,
    title: 'The port is in use',
    remedy: 'Stop the other program, or choose another port with --port or http.port.',
  },
  IW_INSTANCE_UNSAFE_LISTENER: {
    status: 400,
    title: 'A listener beyond this machine needs TLS',
    remedy: 'Set http.tls.key and http.tls.certificate, or listen on 127.0.0.1.',
  },
  IW_INSTANCE_DEMO: {
    status: 500,
    title: 'The demo plant does not start',
    remedy: 'Choose other ports with --base-port, or end the program that has them.',
  },
  IW_INSTANCE_NOT_RUNNING: {
    status: 503,
    title: 'No running instance answers',
    remedy: 'Start one with `interwork start`, or name its folder with --data.',
  },

  // http
  IW_HTTP_BAD_REQUEST: {
    status: 400,
    title: 'The request is not understood',
    remedy: 'Compare the request with /api/docs; the message names the field.',
  },
  IW_HTTP_NOT_FOUND: { status: 404, title: 'No such address', remedy: 'See /api/docs for the addresses there are.' },
  IW_HTTP_HOST: {
    status: 421,
    title: 'This host name is not one of ours',
    remedy: 'Use the name shown at start, or add it to http.hosts.',
  },
  IW_HTTP_ORIGIN: {
    status: 403,
    title: 'The page that asked comes from elsewhere',
    remedy: 'Open the console of this instance, or add the origin to http.origins.',
  },
  IW_HTTP_TOO_LARGE: {
    status: 413,
    title: 'The request is too large',
    remedy: 'Send fewer lines or rows in one request.',
  },
  IW_HTTP_TOO_MANY: {
    status: 429,
    title: 'Too many at once',
    remedy: 'Wait for the time in Retry-After, then go on more slowly.',
  },
  IW_HTTP_MEDIA_TYPE: {
    status: 415,
    title: 'The body is of a kind this address does not take',
    remedy: 'Send JSON with content-type application/json unless /api/docs says otherwise.',
  },
  IW_HTTP_UNKNOWN_JOB: {
    status: 404,
    title: 'There is no such job',
    remedy: 'GET /api/v1/jobs lists those that run and the last that ended, since the start.',
  },
  IW_HTTP_UNKNOWN_EXPORT: {
    status: 404,
    title: 'There is no such export, or no such file in it',
    remedy: 'GET /api/v1/exports lists the exports with their files.',
  },
  IW_HTTP_CURSOR: { status: 400, title: 'The cursor is not one we gave', remedy: 'Start again without the cursor.' },

  // identity
  IW_IDENTITY_UNAUTHENTICATED: {
    status: 401,
    title: 'Who asks is not known',
    remedy: 'Send the token of the data folder as `Authorization: Bearer …`.',
  },
  IW_IDENTITY_FORBIDDEN: {
    status: 403,
    title: 'Not permitted',
    remedy: 'Ask the owner of the instance for the right named in the message.',
  },
  IW_IDENTITY_TOKEN_FILE: {
    status: 500,
    title: 'The token of the data folder cannot be used',
    remedy: 'Delete the file `token` in the data folder and start again: a new one is made.',
  },

  // connect
  IW_CONNECT_UNKNOWN_THING: {
    status: 404,
    title: 'No such thing',
    remedy: 'List the things with GET /api/v1/things or `interwork read`.',
  },
  IW_CONNECT_UNKNOWN_PROPERTY: {
    status: 404,
    title: 'No such property',
    remedy: 'List the properties of the thing; names are case-sensitive.',
  },
  IW_CONNECT_THING_EXISTS: {
    status: 409,
    title: 'A thing with this id exists',
    remedy: 'Choose another id, or change the existing thing.',
  },
  IW_CONNECT_VERSION: {
    status: 409,
    title: 'Somebody else changed it meanwhile',
    remedy: 'Read it again and repeat the change on the new version.',
  },
  IW_CONNECT_READ_ONLY_SOURCE: {
    status: 409,
    title: 'This thing is defined in interwork.yaml',
    remedy: 'Change it there and restart; the console shows it read-only.',
  },
  IW_CONNECT_INVALID_THING: {
    status: 400,
    title: 'The definition of the thing is not valid',
    remedy: 'Correct the field named; see docs/guide/connect-modbus.md.',
  },
  IW_CONNECT_UNKNOWN_PROTOCOL: {
    status: 400,
    title: 'No driver for this protocol',
    remedy: 'Use one of the protocols named in the message.',
  },
  IW_CONNECT_UNKNOWN_PROFILE: {
    status: 404,
    title: 'No such profile',
    remedy: 'List the profiles with `interwork add --profiles`.',
  },
  IW_CONNECT_TOO_MANY: {
    status: 429,
    title: 'The limit on things or properties is reached',
    remedy: 'Remove what is not needed, or raise connect.limits.',
  },
  IW_CONNECT_DRIVER_MISSING: {
    status: 501,
    title: 'An optional package is not installed',
    remedy: 'Install the package named in the message and start again.',
  },
  IW_CONNECT_LINE_PROTOCOL: {
    status: 400,
    title: 'A line is not valid line protocol',
    remedy: 'Correct the line named; the others were stored.',
  },
  IW_CONNECT_IMPORT_PLAN: {
    status: 400,
    title: 'How the file is to be read cannot be told',
    remedy: 'Tell what the message asks for; `interwork import --dry-run` shows what was found.',
  },
  IW_CONNECT_IMPORT_NOT_FOUND: {
    status: 404,
    title: 'No such import',
    remedy: 'List the imports with GET /api/v1/imports, or start it again: what is stored is not doubled.',
  },
  IW_CONNECT_IMPORT_OFFSET: {
    status: 409,
    title: 'The bytes sent are not those that follow',
    remedy: 'Go on at the offset in the detail.',
  },
  IW_CONNECT_IMPORT_STATE: {
    status: 409,
    title: 'The import takes nothing more',
    remedy: 'See its state with GET /api/v1/imports; start it anew where it is to go on.',
  },
  IW_CONNECT_IMPORT_REJECTS: {
    status: 409,
    title: 'Too many rows cannot be taken: the import pauses',
    remedy: 'Look at the rejected rows; correct the file or the options, or go on with a greater --max-rejects.',
  },
  IW_CONNECT_IMPORT_COLUMNS: {
    status: 409,
    title: 'The file changes its columns half-way',
    remedy: 'Split the file at the line named and import the parts one by one; what is before it is stored.',
  },
  IW_CONNECT_NO_ANSWER: {
    status: 504,
    title: 'The machine does not answer',
    remedy: 'Check power, cable, address and unit id; Interwork goes on trying.',
  },
  IW_CONNECT_DEVICE_ERROR: {
    status: 502,
    title: 'The machine answered with an error',
    remedy: 'See the exception named; often the address or the function is not supported.',
  },
  IW_CONNECT_SERIAL_PORT: {
    status: 502,
    title: 'The serial port cannot be opened',
    remedy: 'Check the path, that this user may open it, and that no other program holds it.',
  },

  // commands (writes to machines)
  IW_COMMAND_NOT_WRITABLE: {
    status: 403,
    title: 'Writing this property is not opted in',
    remedy: 'Give the property a `write` section with its limits.',
  },
  IW_COMMAND_OUT_OF_RANGE: {
    status: 400,
    title: 'The value is outside what may be written',
    remedy: 'Write a value within the limits named.',
  },
  IW_COMMAND_STEP: {
    status: 400,
    title: 'The step is larger than permitted',
    remedy: 'Approach the value in smaller steps.',
  },
  IW_COMMAND_RATE: { status: 429, title: 'Written too often', remedy: 'Wait for the time named.' },
  IW_COMMAND_TYPE: {
    status: 400,
    title: 'The value has the wrong type',
    remedy: 'Send a value of the type of the property.',
  },
  IW_COMMAND_UNKNOWN_OUTCOME: {
    status: 504,
    title: 'Whether the write took effect is not known',
    remedy: 'Look at the machine; the write is never repeated blindly.',
  },
  IW_COMMAND_READ_BACK: {
    status: 502,
    title: 'The machine did not keep the value',
    remedy: 'Look at the machine: it may be in local mode or limit the value itself.',
  },
  IW_COMMAND_BUSY: {
    status: 409,
    title: 'Another write to this property is under way',
    remedy: 'Wait for its outcome.',
  },
  IW_COMMAND_NOT_FOUND: {
    status: 404,
    title: 'No such command',
    remedy: 'List the commands with GET /api/v1/commands.',
  },

  // historian
  IW_HISTORIAN_TYPE: {
    status: 409,
    title: 'The tag has another type',
    remedy: 'Send the type it was defined with, or use another property name.',
  },
  IW_HISTORIAN_UNKNOWN_TAG: { status: 404, title: 'No such tag', remedy: 'Define the tag before its first reading.' },
  IW_HISTORIAN_INVALID_BATCH: {
    status: 400,
    title: 'The batch of readings is not well formed',
    remedy: 'Columns must have the same length, times must be finite and between 1970 and 2255.',
  },
  IW_HISTORIAN_DISK_FULL: {
    status: 507,
    title: 'The disk is full: nothing more is acknowledged',
    remedy: 'Free disk space; acknowledging goes on by itself.',
  },
  IW_HISTORIAN_DISK_ERROR: {
    status: 500,
    title: 'The disk refuses to store',
    remedy: 'See the log for the system error; check the disk.',
  },
  IW_HISTORIAN_BUSY: {
    status: 503,
    title: 'More arrives than the disk can take',
    remedy: 'Send again after the time in Retry-After.',
  },
  IW_HISTORIAN_STOPPED: {
    status: 503,
    title: 'The historian is stopping',
    remedy: 'Send again when the instance has started.',
  },
  IW_HISTORIAN_CORRUPT: {
    status: 500,
    title: 'A stored file is damaged',
    remedy: 'The file is named in the message and set aside; everything else is served.',
  },
  IW_HISTORIAN_RANGE: {
    status: 400,
    title: 'The time range is not valid',
    remedy: 'Give from before to, both as ISO 8601 or microseconds since 1970.',
  },
  IW_HISTORIAN_UNSUPPORTED: {
    status: 501,
    title: 'This historian does not offer it',
    remedy: 'Use the means of the engine itself; the message names them.',
  },
  IW_HISTORIAN_TOO_MUCH: {
    status: 413,
    title: 'The answer would be too large',
    remedy: 'Ask for a shorter range, fewer tags or larger steps, or for a file (format=parquet).',
  },
  IW_HISTORIAN_STEP: {
    status: 400,
    title: 'The step is not one',
    remedy: 'Give a step as 30s, 15m, 1h, 1d, 1w, 1mo or 1y, and a zone as Europe/Berlin.',
  },

  // sandbox, sql
  IW_SANDBOX_ENDED: {
    status: 503,
    title: 'The helping process ended before it answered',
    remedy: 'Ask again; it is started anew. The log has its last words.',
  },
  IW_SQL_REFUSED: {
    status: 403,
    title: 'This SQL is not allowed',
    remedy: 'Ask one SELECT over readings, rollups, tags and things, with functions of the list in the guide.',
  },
  IW_SQL_INVALID: { status: 400, title: 'The SQL is not valid', remedy: 'The message names the place.' },
  IW_SQL_TIMEOUT: {
    status: 408,
    title: 'The query took too long',
    remedy: 'Ask for a shorter range, or over rollups.',
  },
  IW_SQL_MEMORY: {
    status: 413,
    title: 'The query needs more memory than it may use',
    remedy: 'Ask for a shorter range, or aggregate before sorting and joining.',
  },
  IW_SQL_BUSY: { status: 503, title: 'Other queries are running', remedy: 'Ask again after the time in Retry-After.' },
  IW_SQL_CANCELLED: { status: 499, title: 'The query was cancelled', remedy: 'Ask again where that was not meant.' },

  // storage
  IW_STORAGE_OPEN: {
    status: 500,
    title: 'The state database cannot be opened',
    remedy: 'Check that the data folder is writable, or the address, user and package of PostgreSQL.',
  },
  IW_STORAGE_MIGRATION: {
    status: 500,
    title: 'The state database cannot be brought up to date',
    remedy: 'Restore the backup made before the migration and report the message.',
  },
  IW_STORAGE_FULL: {
    status: 507,
    title: 'The disk is full: the state database cannot be written',
    remedy: 'Free disk space, then repeat.',
  },
  IW_STORAGE_CONFLICT: { status: 409, title: 'The row was changed meanwhile', remedy: 'Read it again and repeat.' },
} as const satisfies Record<string, { status: number; title: string; remedy: string }>

export type ErrorCode = keyof typeof errorCatalogue

/** A failure with a stable code for programs and a message for people. `detail` holds the values that were wrong; never a secret. */
export class IwError extends Error {
  readonly code: ErrorCode
  readonly detail: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; detail?: Record<string, unknown> } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'IwError'
    this.code = code
    this.detail = options.detail ?? {}
  }

  get status(): number {
    return errorCatalogue[this.code].status
  }

  get remedy(): string {
    return errorCatalogue[this.code].remedy
  }
}

/** Whether `error` is an `IwError`, of the code given where one is given. */
export function isIwError(error: unknown, code?: ErrorCode): error is IwError {
  return error instanceof IwError && (code === undefined || error.code === code)
}

/** The system's error code (`ENOSPC`, `EADDRINUSE`…) of something thrown, if it has one. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : undefined
}
