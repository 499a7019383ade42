import { Length } from 'class-validator';

export class AnswerDto {
  @Length(1, 500)
  question!: string;
}
