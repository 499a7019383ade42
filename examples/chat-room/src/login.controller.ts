import { Body, Controller, Post, ValidationPipe } from '@nestjs/common';
import { LoginDto } from './login.dto.js';
import { Members } from './members.js';

@Controller('login')
export class LoginController {
  constructor(private readonly members: Members) {}

  @Post()
  logIn(@Body(new ValidationPipe()) { name }: LoginDto): { token: string } {
    return { token: this.members.add(name) };
  }
}
