import 'reflect-metadata';
import { Injectable } from '@nestjs/common';
import { MessageBody } from '@nestjs/websockets';
import { Type } from 'class-transformer';
import {
  Allow,
  ArrayMaxSize,
  IsEmail,
  IsEnum,
  IsIn,
  IsInt,
  IsMobilePhone,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  MinLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { type Observable, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { MethodTable } from '../dispatch/method-table.js';
import { RequestMethods } from './request-methods.js';

enum Size {
  Small = 'small',
  Large = 'large',
}

class Item {
  @IsString()
  @Length(1, 20)
  name!: string;

  @ValidateNested({ each: true })
  @Type(() => Item)
  parts!: Item[];
}

class Order {
  @IsInt()
  @Min(1)
  @Max(9)
  count!: number;

  @IsEnum(Size)
  size!: Size;

  @IsOptional()
  @Matches(/^[a-z]+$/)
  note?: string;

  @Matches(/^x/i)
  code!: string;

  @IsEmail()
  mail!: string;

  @IsMobilePhone('de-DE')
  phone!: string;

  @IsString({ each: true })
  @ArrayMaxSize(3)
  tags!: string[];

  @ValidateNested()
  @Type(() => Item)
  item!: Item;

  @ValidateIf(() => true)
  @IsIn([1, 2])
  choice?: number;

  @Allow()
  anything?: unknown;

  @MinLength(2)
  title!: string;
}

@Injectable()
class Shop {
  order(@MessageBody() _order: Order): void {}
  named(@MessageBody('to') _to: string, @MessageBody('count') _count: number): Promise<void> {
    return Promise.resolve();
  }
  async *stream(): AsyncGenerator<number> {
    yield 1;
  }
  observe(): Observable<number> {
    return of(1);
  }
  open(@MessageBody() _params: unknown): unknown {
    return 1;
  }
}

// The metadata that a decorator makes TypeScript emit.
const emitted = (name: keyof Shop, parameters: unknown[], returned: unknown): void => {
  Reflect.defineMetadata('design:paramtypes', parameters, Shop.prototype, name);
  Reflect.defineMetadata('design:returntype', returned, Shop.prototype, name);
};

function described(name: keyof Shop) {
  const host = new Shop();
  const callback = host[name] as () => unknown;
  const table = { list: () => [{ method: `shop.${name}`, host, name, callback, builtIn: false }] };
  return new RequestMethods(table as unknown as MethodTable).describe()[0];
}

describe('RequestMethods', () => {
  it('describes a DTO by the rules of class-validator', () => {
    emitted('order', [Order], undefined);
    const item = { type: 'string', minLength: 1, maxLength: 20 };
    expect(described('order')).toEqual({
      method: 'shop.order',
      provider: 'Shop',
      handler: 'order',
      builtIn: false,
      streaming: false,
      params: {
        title: 'Order',
        type: 'object',
        properties: {
          count: { type: 'integer', minimum: 1, maximum: 9 },
          size: { type: 'string', enum: ['small', 'large'] },
          note: { type: 'string', pattern: '^[a-z]+$' },
          code: { type: 'string', rules: [{ name: 'matches' }] },
          mail: { type: 'string', format: 'email' },
          phone: { type: 'string', rules: [{ name: 'isMobilePhone', constraints: ['de-DE'] }] },
          tags: { type: 'array', maxItems: 3, items: { type: 'string' } },
          item: {
            title: 'Item',
            type: 'object',
            properties: { name: item, parts: { type: 'array', items: { title: 'Item', type: 'object' } } },
            required: expect.arrayContaining(['name', 'parts']) as string[],
          },
          choice: { type: 'number', enum: [1, 2] },
          anything: {},
          title: { type: 'string', minLength: 2 },
        },
        required: expect.not.arrayContaining(['note', 'choice', 'anything']) as string[],
      },
    });
    expect(described('order')?.params?.required).toHaveLength(8);
  });

  it('describes params that a method takes one by one', () => {
    emitted('named', [String, Number], Promise);
    const properties = { to: { type: 'string' }, count: { type: 'number' } };
    expect(described('named')).toMatchObject({ streaming: null, params: { type: 'object', properties } });
  });

  it('tells a stream by its kind or its declared type', () => {
    emitted('stream', [], Object);
    emitted('observe', [], of().constructor);
    expect([described('stream')?.streaming, described('observe')?.streaming]).toEqual([true, true]);
  });

  it('says nothing of what is not declared', () => {
    emitted('open', [Object], Object);
    expect(described('open')).toEqual({
      method: 'shop.open',
      provider: 'Shop',
      handler: 'open',
      builtIn: false,
      streaming: null,
    });
  });

  it('gives a description that JSON carries unchanged', () => {
    emitted('order', [Order], undefined);
    expect(JSON.parse(JSON.stringify(described('order')))).toEqual(described('order'));
  });
});
