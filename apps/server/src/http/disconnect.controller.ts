import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { CloseCode, ConnectionRegistry } from '@skreaver/nestjs-ws';
import { IsIn, IsNotEmpty, IsOptional, IsString } from 'class-validator';
import { checkedParams, invalidParams } from './invalid-params.js';

class DisconnectBody {
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  connection_id?: string;

  @IsOptional()
  @IsString()
  @IsNotEmpty()
  user_id?: string;

  /** `forced`: 4505, the client stays away. `reconnect`: 4005, it comes back. */
  @IsOptional()
  @IsIn(['forced', 'reconnect'])
  code?: 'forced' | 'reconnect';
}

@Controller('api/disconnect')
export class DisconnectController {
  constructor(private readonly connections: ConnectionRegistry) {}

  @Post()
  @HttpCode(200)
  disconnect(@Body(checkedParams) body: DisconnectBody = new DisconnectBody()): { readonly disconnected: number } {
    const code = body.code === 'reconnect' ? CloseCode.Reconnect : CloseCode.ForcedDisconnect;
    const closed = this.idsOf(body).filter((id) => this.connections.disconnect(id, code));
    return { disconnected: closed.length };
  }

  private idsOf({ connection_id: connectionId, user_id: userId }: DisconnectBody): readonly string[] {
    if (connectionId !== undefined && userId === undefined) return [connectionId];
    if (userId !== undefined && connectionId === undefined) return this.connections.ofUser(userId).map(({ id }) => id);
    throw invalidParams('Send either connection_id or user_id.');
  }
}
