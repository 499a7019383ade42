import 'reflect-metadata';
import {
  type ArgumentMetadata,
  type PipeTransform,
  type Type,
  ValidationPipe,
  type ValidationPipeOptions,
} from '@nestjs/common';
import * as transformer from 'class-transformer';
import { Exclude, Expose, Transform, Type as TypeOf } from 'class-transformer';
import {
  Allow,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
  ValidateBy,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { actsOnOurMetadata } from './metadata-probe.js';
import { withFastPath } from './fast-path.js';

class Named {
  @Length(1, 8)
  name!: string;
}
class Task extends Named {
  @IsInt()
  @Min(1)
  @Max(9)
  priority!: number;

  @IsOptional()
  @IsString({ each: true })
  tags?: string[];

  @ValidateIf((task: Task) => task.priority > 5)
  @IsIn(['now', 'soon'])
  due?: string;

  @Allow()
  note: unknown = 'none';
}

const body = (metatype: Type): ArgumentMetadata => ({ type: 'body', metatype, data: undefined });

/** The pipe's outcome: the value with its class, or the body of the exception. */
async function outcome(pipe: PipeTransform, value: unknown, dto: Type): Promise<unknown> {
  try {
    const result: unknown = await pipe.transform(value, body(dto));
    return { result, proto: Object.getPrototypeOf(Object(result)) as unknown };
  } catch (error) {
    return (error as { getResponse?: () => unknown }).getResponse?.() ?? String(error);
  }
}

/** Makes a pipe and waits for its probe: a second probe, started later, is done. */
async function proven(options: ValidationPipeOptions): Promise<PipeTransform> {
  const pipe = withFastPath(new ValidationPipe(options));
  await actsOnOurMetadata(new ValidationPipe(options));
  await new Promise((resolve) => setImmediate(resolve));
  return pipe;
}

const pipes = new Map<ValidationPipeOptions, Promise<PipeTransform>>();

function provenOnce(options: ValidationPipeOptions): Promise<PipeTransform> {
  const pipe = pipes.get(options) ?? proven(options);
  pipes.set(options, pipe);
  return pipe;
}

async function expectSame(options: ValidationPipeOptions, dto: Type, value: unknown): Promise<void> {
  const ours = await outcome(await provenOnce(options), structuredClone(value), dto);
  expect(ours).toEqual(await outcome(new ValidationPipe(options), structuredClone(value), dto));
}

/** Makes a pipe and a spy that counts the calls of Nest's own pipe. */
async function watched(options: ValidationPipeOptions = { transform: true }) {
  const pipe = await proven(options);
  const asked = vi.spyOn(ValidationPipe.prototype, 'transform');
  return { pipe, asked };
}

const anything = fc.oneof(
  fc.string({ maxLength: 10 }),
  fc.integer({ min: -2, max: 12 }),
  fc.double(),
  fc.constantFrom(null, true, 'now', 'soon'),
  fc.array(fc.oneof(fc.string(), fc.integer(), fc.constant(null)), { maxLength: 3 }),
  fc.array(fc.object(), { maxLength: 1 }),
  fc.object({ maxDepth: 1 }),
);
const good = {
  name: fc.string({ minLength: 1, maxLength: 8 }),
  priority: fc.integer({ min: 1, max: 9 }),
  tags: fc.array(fc.string()),
  due: fc.constantFrom('now', 'soon'),
};
const either = (value: fc.Arbitrary<unknown>) => fc.oneof({ weight: 4, arbitrary: value }, anything);
const tasks = fc.record(
  {
    name: either(good.name),
    priority: either(good.priority),
    tags: either(good.tags),
    due: either(good.due),
    note: anything,
    other: anything,
    ['__proto__']: anything,
    constructor: anything,
    toString: anything,
  },
  { requiredKeys: ['name', 'priority'], noNullPrototype: true },
);

describe('validation with a fast path', () => {
  it.each<ValidationPipeOptions>([
    { transform: true },
    { transform: true, whitelist: true },
    { transform: true, whitelist: true, forbidNonWhitelisted: true, stopAtFirstError: true },
    { whitelist: true },
    { transform: true, skipMissingProperties: true },
  ])("has the same outcome as Nest's pipe for any value: %o", async (options) => {
    await fc.assert(
      fc.asyncProperty(fc.oneof({ weight: 9, arbitrary: tasks }, anything), (value) =>
        expectSame(options, Task, value),
      ),
      { numRuns: 400 },
    );
  });

  it('passes a valid value synchronously, without the pipe', async () => {
    const { pipe, asked } = await watched({ transform: true, whitelist: true });
    const plain = { name: 'a', priority: 7, tags: ['x'], due: 'now', more: {} };
    const task: unknown = pipe.transform(plain, body(Task));
    expect(task).toBeInstanceOf(Task);
    expect(task).toEqual({ name: 'a', priority: 7, tags: ['x'], due: 'now', note: 'none' });
    expect((task as Task).tags).not.toBe(plain.tags);
    expect(asked).not.toHaveBeenCalled();
  });

  it('leaves everything to the pipe until a probe has shown that it uses the metadata that is read here', async () => {
    const pipe = withFastPath(new ValidationPipe({ transform: true, whitelist: true }));
    expect(pipe.transform({ name: 'a', priority: 1 }, body(Task))).toBeInstanceOf(Promise);
    await vi.waitFor(() => expect(pipe.transform({ name: 'a', priority: 1 }, body(Task))).toBeInstanceOf(Task), 20_000);
  });

  it('leaves everything to a pipe that uses the metadata of another class-transformer, or of none', async () => {
    // Imitates a bundle that contains class-transformer twice.
    const plainToInstance = (dto: Type, plain: object): object => Object.assign(new dto() as object, plain);
    const options = {
      transform: true,
      transformerPackage: { ...transformer, plainToInstance },
    } as ValidationPipeOptions;
    const pipe = await proven(options);
    // Nest shares one class-transformer among all pipes: that of the last pipe made.
    onTestFinished(() => void new ValidationPipe({ transformerPackage: transformer }));
    expect(await actsOnOurMetadata(new ValidationPipe(options))).toBe(false);
    expect(pipe.transform({ name: 'a', priority: 1 }, body(Task))).toBeInstanceOf(Promise);
  });

  it('leaves a key with an undefined value to the pipe, since it would hide a default', async () => {
    await expectSame({ transform: true, whitelist: true }, Task, { name: 'a', priority: 1, note: undefined });
  });

  it('passes parameters of other decorators unchanged', async () => {
    const { pipe } = await watched();
    expect(pipe.transform('any', { type: 'custom', metatype: Task, data: undefined })).toBe('any');
  });

  it.each<[string, PipeTransform]>([
    ['a pipe that is none of validation', { transform: (value: unknown) => value }],
    ['a pipe of another class', new (class Own extends ValidationPipe {})({ transform: true })],
    [
      'a pipe whose transform was replaced',
      Object.assign(new ValidationPipe(), { transform: (value: unknown) => value }),
    ],
    ['a pipe that does not transform', new ValidationPipe({ whitelist: true })],
    ['a pipe with a type of its own', new ValidationPipe({ transform: true, expectedType: Task })],
    ['a pipe with groups', new ValidationPipe({ transform: true, groups: ['a'] })],
    [
      'a pipe that converts',
      new ValidationPipe({ transform: true, transformOptions: { enableImplicitConversion: true } }),
    ],
    ['a pipe that validates all', new ValidationPipe({ transform: true, validateCustomDecorators: true })],
  ])('returns %s unchanged', (_what, pipe) => {
    expect(withFastPath(pipe)).toBe(pipe);
  });
});

describe('a class with rules that the fast path does not implement', () => {
  class Inner {
    @IsString()
    text!: string;
  }
  class Nested {
    @ValidateNested()
    @TypeOf(() => Inner)
    inner!: Inner;
  }
  class Transformed {
    @IsString()
    @Transform(({ value }: { value: unknown }) => String(value).trim())
    text!: string;
  }
  class Exposed {
    @IsString()
    @Expose({ name: 'label' })
    text!: string;
  }
  @Exclude()
  class Excluded {
    @IsString()
    @Expose()
    text!: string;
  }
  @Exclude()
  class ExcludedWhole {
    @IsString()
    text!: string;
  }
  class Converted {
    @IsInt()
    @TypeOf(() => Number)
    count!: number;
  }
  class Late {
    @ValidateBy({ name: 'late', async: true, validator: { validate: async (value) => value === 'good' } })
    text!: string;
  }
  class SecretlyLate {
    @ValidateBy({
      name: 'late',
      validator: {
        validate: async (value) => {
          if (value === 'throws') throw new Error('late');
          return value === 'good';
        },
      },
    })
    text!: string;
  }
  class WithMethod {
    @IsString()
    text!: string;
    @Allow()
    greet(): string {
      return 'hello';
    }
  }
  class WithBareField {
    @IsString()
    text!: string;
    bare = 1;
  }
  class Bare {
    text!: string;
  }

  it.each<[Type, readonly unknown[]]>([
    [Nested, [{ inner: { text: 'a' } }, { inner: { text: 1 } }, { inner: 1 }, {}]],
    [Transformed, [{ text: ' a ' }, { text: 1 }]],
    [Exposed, [{ label: 'a' }, { text: 'a' }]],
    [Excluded, [{ text: 'a', more: 1 }]],
    [ExcludedWhole, [{ text: 'a' }, {}]],
    [Converted, [{ count: '7' }, { count: 'x' }]],
    [Late, [{ text: 'good' }, { text: 'bad' }]],
    [SecretlyLate, [{ text: 'good' }, { text: 'bad' }, { text: 'throws' }]],
    [WithMethod, [{ text: 'a', greet: 'b' }]],
    [WithBareField, [{ text: 'a' }, { text: 'a', bare: 2 }]],
    [Bare, [{ text: 'a' }, {}]],
  ])('has the same outcome as with the pipe: %o', async (dto, values) => {
    for (const options of [{ transform: true }, { transform: true, whitelist: true }]) {
      for (const value of values) await expectSame(options, dto, value);
    }
  });

  it('calls validators with the arguments that class-validator passes', async () => {
    const details: unknown[] = [];
    class Asking {
      @ValidateBy({
        name: 'asking',
        constraints: [7],
        validator: { validate: (value, given) => details.push({ value, ...given }) > 0 },
      })
      text!: string;
    }
    const pipe = new ValidationPipe({ transform: true });
    await (await provenOnce({ transform: true })).transform({ text: 'a' }, body(Asking));
    await pipe.transform({ text: 'a' }, body(Asking));
    expect(details.length).toBe(2);
    expect(details[0]).toEqual(details[1]);
  });
});
