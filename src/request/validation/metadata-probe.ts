import type { PipeTransform } from '@nestjs/common';
import { defaultMetadataStorage } from 'class-transformer/cjs/storage.js';
import { registerDecorator } from 'class-validator';

const MARK = 'transformed';

/** A DTO whose rules stand in the metadata that is read here. */
class Probe {
  declare value: string;
}

const validated = new WeakSet<object>();
let isDescribed = false;

/**
 * Whether the pipe acts on the metadata that is read here. In a bundle there may be several class-transformers, each with a
 * storage of its own; what one of them was told another does not know.
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
