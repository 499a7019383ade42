import { Length } from 'class-validator';

export class LoginDto {
  @Length(1, 30)
  name!: string;
}
