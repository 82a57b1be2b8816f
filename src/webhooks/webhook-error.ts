/**
 * A message did not get through, in words for the channel. `mayHaveArrived`: the receiver may have taken it all the
 * same, and it does not know a message again when it comes twice.
 */
export class WebhookError extends Error {
  override readonly name = 'WebhookError'
  readonly hint: string
  readonly mayHaveArrived: boolean

  constructor(message: string, hint: string, mayHaveArrived = false, options?: ErrorOptions) {
    super(message, options)
    this.hint = hint
    this.mayHaveArrived = mayHaveArrived
  }
}
