/** Zips with a program for one architecture, or with anything else. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';

const FOLDER = mkdtempSync(join(tmpdir(), 'ecs-auto-rollback-test-'));
process.on('exit', () => rmSync(FOLDER, { recursive: true }));

/** An empty folder that is there for as long as the tests run. */
export function folder(): string {
  return mkdtempSync(join(FOLDER, 'x-'));
}

/** A zip on the disk, as properties of the construct. */
export interface Zip {
  readonly zip: string;
  readonly zipSha256: string;
}

const MACHINES = { x86_64: 62, arm64: 183 };

/** A zip with the beginning of a program. */
export function zipFor(architecture: keyof typeof MACHINES): Zip {
  // Longer than what is read of it.
  const program = Buffer.alloc(10_000);
  program.write('\x7fELF', 'latin1');
  program.writeUInt16LE(MACHINES[architecture], 18);
  return zipOf('bootstrap', program);
}

/** A zip with one file. Its checksums are zero, as only unzipping looks at them. */
export function zipOf(name: string, content: Buffer): Zip {
  const data = deflateRawSync(content);
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(8, 4);
  fields.writeUInt32LE(data.length, 14);
  fields.writeUInt32LE(content.length, 18);
  fields.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), data]);
  const directory = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), fields, Buffer.alloc(14), Buffer.from(name)]);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(local.length, 12);
  return written(Buffer.concat([local, directory, Buffer.from('PK\x05\x06'), end]));
}

/** A file with this content. */
export function written(content: Buffer): Zip {
  const zip = join(folder(), 'function.zip');
  writeFileSync(zip, content);
  return { zip, zipSha256: createHash('sha256').update(content).digest('hex') };
}
