import { Module } from '@nestjs/common';
import { LoginController } from './login.controller.js';
import { Members } from './members.js';

@Module({
  controllers: [LoginController],
  providers: [Members],
  exports: [Members],
})
export class MembersModule {}
