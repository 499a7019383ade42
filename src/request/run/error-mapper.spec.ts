import {
  BadRequestException,
  ForbiddenException,
  HttpException,
  InternalServerErrorException,
  NotFoundException,
  UnauthorizedException,
} from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import { describe, expect, it } from 'vitest';
import { serviceRig } from '../../../test/support/service-rig.js';
import { BackplaneUnavailableError } from '../../backplane/index.js';
import { WsError } from '../../connection/index.js';

const reporting = () => {
  const { errors, log, connect, readMeters } = serviceRig();
  const { connection } = connect('alice');
  return { log, readMeters, connection, report: (error: unknown) => errors.toErrorBody(connection, error) };
};

describe('ErrorMapper', () => {
  it('returns a WsError unchanged, and counts it', async () => {
    const { report, readMeters, log } = reporting();
    expect(report(new WsError('CHANNEL_NOT_FOUND', 'None.', { channel: 'a' }))).toEqual({
      code: 'CHANNEL_NOT_FOUND',
      message: 'None.',
      details: { channel: 'a' },
    });
    expect((await readMeters()).errors).toBe(1);
    expect(log.lines).toEqual([]);
  });

  it.each([
    [new UnauthorizedException('Log in.'), 'AUTHENTICATION_REQUIRED', 'Log in.'],
    [new ForbiddenException('Not you.'), 'PERMISSION_DENIED', 'Not you.'],
    [new HttpException('Too slow.', 408), 'REQUEST_TIMEOUT', 'Too slow.'],
    [new HttpException('Too much.', 413), 'MESSAGE_TOO_LARGE', 'Too much.'],
    [new HttpException('Too fast.', 429), 'RATE_LIMIT_EXCEEDED', 'Too fast.'],
    [new NotFoundException('No such agent.'), 'INVALID_PARAMS', 'No such agent.'],
  ])('maps %s to its error code', (error, code, message) => {
    expect(reporting().report(error)).toEqual({ code, message });
  });

  it('tells what became of a call that the engine did not answer', () => {
    expect(reporting().report(new BackplaneUnavailableError('unknown', 'Connection to db7 lost.', 250))).toEqual({
      code: 'UNAVAILABLE',
      message: expect.not.stringContaining('db7'),
      details: { retry_after_ms: 250, outcome: 'unknown' },
    });
  });

  it('lists the violations that a ValidationPipe found', () => {
    expect(reporting().report(new BadRequestException(['name must be a string']))).toMatchObject({
      code: 'INVALID_PARAMS',
      details: { messages: ['name must be a string'] },
    });
  });

  it('maps a WsException to INVALID_PARAMS, and a denying guard to PERMISSION_DENIED', () => {
    const { report } = reporting();
    expect(report(new WsException('No name.'))).toEqual({ code: 'INVALID_PARAMS', message: 'No name.' });
    expect(report(new WsException('Forbidden resource')).code).toBe('PERMISSION_DENIED');
  });

  it.each([
    ['an error', new Error('inside')],
    ['a 500', new InternalServerErrorException('inside')],
    ['a status that is none', new HttpException('inside', 302)],
    ['a string', 'inside'],
    ['a symbol', Symbol('inside')],
    ['nothing', undefined],
    ['an object that has no text', Object.create(null)],
  ])('reveals nothing of the inside for %s except an error_id that the log has too', (_what, error) => {
    const { report, log } = reporting();
    const body = report(error);
    expect(body).toEqual({
      code: 'INTERNAL_ERROR',
      message: expect.any(String),
      details: { error_id: expect.any(String) },
    });
    expect(JSON.stringify(body)).not.toContain('inside');
    expect(log.lines).toMatchObject([{ level: 'error', fields: { error_id: body.details?.['error_id'] } }]);
  });
});
