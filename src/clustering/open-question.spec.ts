import { describe, expect, it } from 'vitest';
import { OpenQuestion } from './open-question.js';

const answer = { answer: { dataJson: '1' } };

describe('an open question', () => {
  it('has the first answer', async () => {
    const question = new OpenQuestion();
    question.hear('b', answer);
    question.await(['a', 'b']);
    question.hear('a', { answer: { dataJson: '2' } });
    expect(await question.outcome).toEqual(answer);
  });

  it('has none when no node can answer any more, and adds their numbers up', async () => {
    const question = new OpenQuestion();
    question.hear('a', { asked: 1, refused: 1 });
    question.await(['a', 'b']);
    question.hear('a', { asked: 1, refused: 1 });
    question.hear('b', { asked: 2, refused: 0 });
    expect(await question.outcome).toEqual({ asked: 3, refused: 1 });
  });

  it('counts a node that has ended as one connection that was asked', async () => {
    const question = new OpenQuestion();
    question.await(['a', 'b']);
    question.hear('a', { asked: 0, refused: 0 });
    question.keepOnly(new Set(['a']));
    expect(await question.outcome).toEqual({ asked: 1, refused: 0 });
  });

  it('has none at once where nobody is asked', async () => {
    const question = new OpenQuestion();
    question.await([]);
    expect(await question.outcome).toEqual({ asked: 0, refused: 0 });
  });

  it('rejects when the answers cannot arrive', async () => {
    const question = new OpenQuestion();
    question.await(['a']);
    question.giveUp(new Error('lost'));
    await expect(question.outcome).rejects.toThrow('lost');
  });
});
