import type { PageState } from './plan.ts'
import type { CutoverState, Status } from './state.ts'

/** What a status page may say without being wrong, by what the cutover does. */
const FITS: { readonly [S in Status]: readonly PageState[] } = {
  scheduled: ['scheduled'],
  running: ['in progress', 'verifying', 'extended'],
  watching: ['in progress', 'verifying', 'extended', 'completed'],
  guarded: ['verifying', 'completed'],
  closed: ['completed', 'rolled back'],
  'rolling back': ['in progress', 'extended', 'rolled back'],
  'rollback stopped': ['in progress', 'extended', 'rolled back'],
  'rolled back': ['rolled back', 'cancelled'],
  postponed: ['scheduled', 'cancelled', 'rolled back'],
  abandoned: ['cancelled', 'rolled back'],
}

/** The public is told something else than what happens. */
export const pageDisagrees = (state: CutoverState, page: PageState): boolean =>
  !FITS[state.status].includes(page)
