/** The package types only what also works on Windows; this is how it finds the binary for the present system. */
declare module '@lydell/node-pty/requireBinary.js' {
  export function requireBinary(file: string): unknown
}
