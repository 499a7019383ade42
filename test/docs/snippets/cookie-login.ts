import { randomUUID } from 'node:crypto';
import { Body, Controller, Injectable, Post, Res, UnauthorizedException } from '@nestjs/common';
import { AuthHandler } from '@skreaver/nestjs-ws';

/** Stands for where an application keeps its users and their sessions. */
@Injectable()
export class Sessions {
  private readonly users = new Map<string, string>();

  async begin(user: string, password: string): Promise<string | undefined> {
    if (password !== `password of ${user}`) return undefined;
    const id = randomUUID();
    this.users.set(id, user);
    return id;
  }

  async userOf(id: string): Promise<string | undefined> {
    return this.users.get(id);
  }
}

/** As the guide needs it of Express. */
interface Response {
  cookie(name: string, value: string, options: object): void;
}

// The code of the guide.
@Controller()
export class LoginController {
  constructor(private readonly sessions: Sessions) {}

  @Post('login')
  async login(
    @Body() { user, password }: { user: string; password: string },
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    const session = await this.sessions.begin(user, password);
    if (session === undefined) throw new UnauthorizedException();
    response.cookie('__Host-session', session, { httpOnly: true, secure: true, sameSite: 'strict' });
  }
}

@Injectable()
export class CookieAuthHandler extends AuthHandler {
  constructor(private readonly sessions: Sessions) {
    super();
  }

  async authenticate(session: string): Promise<string> {
    const userId = await this.sessions.userOf(session);
    if (userId === undefined) throw new Error('no such session');
    return userId;
  }

  checkPermission(userId: string, channel: string): boolean {
    return channel === `user:${userId}`;
  }
}
