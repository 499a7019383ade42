import { Injectable } from '@nestjs/common';
import { AuthHandler } from '@skreaver/nestjs-ws';

/** Knows one token, which the page has in its source. Yours checks a session or a JWT. */
@Injectable()
export class DemoAuthHandler extends AuthHandler {
  override authenticate(token: string): string {
    if (token !== 'demo-token') throw new Error('unknown token');
    return 'visitor';
  }

  /** This example has requests and no channels. */
  override checkPermission(): boolean {
    return false;
  }
}
