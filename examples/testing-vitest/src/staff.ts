import type { Identity } from '@skreaver/nestjs-ws';

declare module '@skreaver/nestjs-ws' {
  interface Identity {
    readonly roles?: readonly string[];
  }
}

/** The staff room is for the staff; every other channel is for everyone. */
export function mayEnter({ roles }: Identity, channel: string): boolean {
  return channel !== 'room:staff' || roles?.includes('staff') === true;
}
