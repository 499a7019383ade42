import type { PipeTransform } from '@nestjs/common';
import { defaultMetadataStorage } from 'class-transformer/cjs/storage.js';
import { registerDecorator } from 'class-validator';

const MARK = 'transformed';

/** A DTO whose rules are registered in the metadata that is read here. */
class Probe {
  declare value: string;
}

const validated = new WeakSet<object>();
let isDescribed = false;

/**
 * True if the pipe uses the metadata that is read here. A bundle may contain several copies of class-transformer, each
 * with its own storage; rules registered with one copy are unknown to the others.
 */
export async function actsOnOurMetadata(pipe: PipeTransform): Promise<boolean> {
  describeProbe();
  try {
    const made: unknown = await pipe.transform({ value: 'plain' }, { type: 'body', metatype: Probe });
    return made instanceof Probe && made.value === MARK && validated.has(made);
  } catch {
    return false;
  }
}

function describeProbe(): void {
  if (isDescribed) return;
  isDescribed = true;
  defaultMetadataStorage.addTransformMetadata({
    target: Probe,
    propertyName: 'value',
    transformFn: () => MARK,
    options: {},
  });
  registerDecorator({
    target: Probe,
    propertyName: 'value',
    validator: {
      validate: (value, about) => about !== undefined && value === MARK && validated.add(about.object) !== undefined,
    },
  });
}
