import { IsInt, IsOptional, Length, Max, Min } from 'class-validator';

export class DeployDto {
  @Length(1, 50)
  service!: string;

  /** Time limit for the answer, in milliseconds. */
  @IsOptional()
  @IsInt()
  @Min(100)
  @Max(60_000)
  deadlineMs: number = 20_000;
}
