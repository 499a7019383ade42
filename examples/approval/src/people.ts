/** The user that the agent asks. */
export const APPROVER = 'alice';

/** The users by their tokens. The page has both; yours come from a login. */
export const PEOPLE: ReadonlyMap<string, string> = new Map([
  ['alice-token', APPROVER],
  ['bob-token', 'bob'],
]);
