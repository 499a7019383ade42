import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Identity } from '@skreaver/nestjs-ws';

/** An identity with the name that other members see. */
export interface Member extends Identity {
  readonly info: { readonly name: string };
}

/** Stands for your user database. Here anyone gets a token for any name, and a restart forgets all tokens. */
@Injectable()
export class Members {
  private readonly byToken = new Map<string, Member>();

  /** @returns the token of a new member */
  add(name: string): string {
    const token = randomUUID();
    this.byToken.set(token, { userId: randomUUID(), info: { name } });
    return token;
  }

  find(token: string): Member | undefined {
    return this.byToken.get(token);
  }
}
