import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { constants, inflateRawSync } from 'node:zlib';

/** The SHA-256 of the zips of this release, which `make release` writes. */
interface Release {
  readonly version: string | null;
  readonly sha256: { readonly [architecture: string]: string | null };
}

/** ELF's numbers of the architectures. */
const MACHINES: { readonly [machine: number]: string } = { 62: 'x86_64', 183: 'arm64' };

/**
 * Finds the zip with the function's program, and checks that it is the right one.
 *
 * @returns its path
 */
export function checkedZip(architecture: string, path?: string, sha256?: string): string {
  const bundled = join(__dirname, '..', 'zips', `ecs-auto-rollback-${architecture}.zip`);
  const zip = path ?? bundled;
  if (!existsSync(zip)) {
    throw new Error(
      path === undefined
        ? `This copy of the package holds no zip for ${architecture}: set zip to the path of one, and zipSha256 if you built it yourself.`
        : `There is no zip ${zip}.`,
    );
  }
  const content = readFileSync(zip);
  const release: Release = JSON.parse(readFileSync(join(__dirname, '..', 'release.json'), 'utf8'));
  const built = architectureOf(content);
  if (built !== architecture) {
    throw new Error(`The zip ${basename(zip)} is for ${built}, but architecture is ${architecture}.`);
  }
  const expected = sha256 ?? release.sha256[architecture];
  if (!expected) {
    throw new Error('This copy of the package is not from a release: set zipSha256 to the SHA-256 of your own zip.');
  }
  const actual = createHash('sha256').update(content).digest('hex');
  if (actual !== expected) {
    throw new Error(
      `The zip ${basename(zip)} has the SHA-256 ${actual}, but ${sha256 ? 'zipSha256 is' : 'that of this release is'} ${expected}.`,
    );
  }
  return zip;
}

/** The architecture of the program `bootstrap` in a zip. */
function architectureOf(zip: Buffer): string {
  const program = bootstrap(zip);
  if (program === undefined || program.length < 20 || program.readUInt32BE(0) !== 0x7f454c46) {
    return 'no program for Lambda (it has no executable bootstrap)';
  }
  const machine = program.readUInt16LE(18);
  return MACHINES[machine] ?? `another machine (${machine})`;
}

/** The beginning of the file `bootstrap` in a zip. */
function bootstrap(zip: Buffer): Buffer | undefined {
  // The directory is at the end, found by its last record.
  const end = zip.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  if (end < 0 || end + 20 > zip.length) {
    return undefined;
  }
  let at = zip.readUInt32LE(end + 16);
  for (let entries = zip.readUInt16LE(end + 10); entries > 0 && at + 46 <= zip.length; entries -= 1) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => zip.readUInt16LE(at + field));
    if (zip.toString('utf8', at + 46, at + 46 + nameLength) === 'bootstrap') {
      const local = zip.readUInt32LE(at + 42);
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const data = zip.subarray(start, start + Math.min(zip.readUInt32LE(at + 20), 4096));
      const stored = zip.readUInt16LE(at + 10) === 0;
      // Only the beginning is needed, so the end of the data may be missing.
      return stored ? data : inflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH });
    }
    at += 46 + nameLength + extraLength + commentLength;
  }
  return undefined;
}
