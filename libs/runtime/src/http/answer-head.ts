// What a route may say of its answer besides the body, with `@Res({ passthrough: true })`: as much of Express's
// response as is used.
export interface AnswerHead {
  status(code: number): AnswerHead;
  set(headers: Record<string, string>): AnswerHead;
}
