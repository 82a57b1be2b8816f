import type { StepKind } from './plan.ts'
import type { Status, StepStatus } from './state.ts'

/**
 * Who may do what, and when: the one table. `decide` refuses by it, buttons and help are shown by it
 * (`choices.ts`), so that what is offered and what is allowed cannot differ.
 */
export type Who =
  | 'anybody known'
  | 'holder'
  | 'lead'
  /** The lead, or the person who held the cutover. */
  | 'lead or who held'
  /** The role that owns the step; any holder when nobody owns it. */
  | 'owner'
  /** Where two are needed, any other holder may be the second. */
  | 'lead or owner'
  | 'holder, and after a deadline the lead'
  /** The role that a notice names in `approve`. */
  | 'role that approves'
  /** Somebody whose GO counts in this round. */
  | 'approver'
  /** The role that confirms the criterion; any holder when none is named. */
  | 'confirmer'
  /** `rollback.approvers`; any holder when the runbook names none. */
  | 'rollback approver'
  /** The lead; somebody eligible for a role nobody holds; two holders for a role whose holder is away. */
  | 'lead, eligible or two holders'
  | 'stand-in'
  /** The role of `window.freeze`; the lead where it names none. */
  | 'role that allows changes'
  /** The role that a choice names, or the lead; the lead alone where it names none. */
  | 'chooser'

interface Rule {
  readonly statuses: readonly Status[]
  readonly who: Who
}

const UNDER_WAY = ['scheduled', 'running', 'watching', 'guarded'] as const satisfies readonly Status[]
const TURNING_BACK = ['rolling back', 'rollback stopped'] as const satisfies readonly Status[]
const OPEN = [...UNDER_WAY, ...TURNING_BACK, 'rolled back', 'postponed'] as const satisfies readonly Status[]
const EVERY_STATUS = [...OPEN, 'closed', 'abandoned'] as const satisfies readonly Status[]

export const CUTOVER_RULES = {
  hold: { statuses: [...UNDER_WAY, ...TURNING_BACK, 'rolled back'], who: 'holder' },
  resume: { statuses: [...UNDER_WAY, ...TURNING_BACK, 'rolled back'], who: 'lead or who held' },
  /** While a rollback stands still: another way back. */
  rollback: { statuses: ['running', 'watching', 'guarded', 'rollback stopped'], who: 'rollback approver' },
  postpone: { statuses: ['scheduled', 'running', 'rolled back'], who: 'lead' },
  reschedule: { statuses: ['postponed'], who: 'lead' },
  abandon: { statuses: OPEN, who: 'lead' },
  assign: { statuses: OPEN, who: 'lead, eligible or two holders' },
  'take over': { statuses: OPEN, who: 'stand-in' },
  vouch: { statuses: OPEN, who: 'holder' },
  note: { statuses: OPEN, who: 'anybody known' },
  issue: { statuses: OPEN, who: 'anybody known' },
  'change issue': { statuses: OPEN, who: 'holder' },
  'close issue': { statuses: OPEN, who: 'holder' },
  'take on': { statuses: OPEN, who: 'anybody known' },
  ack: { statuses: UNDER_WAY, who: 'holder' },
  'allow change': { statuses: OPEN, who: 'role that allows changes' },
  'accept checkpoint': { statuses: UNDER_WAY, who: 'lead' },
  // What is left to do outlives the cutover.
  'add follow-up': { statuses: EVERY_STATUS, who: 'anybody known' },
  'close follow-up': { statuses: EVERY_STATUS, who: 'anybody known' },
  'waive follow-up': { statuses: EVERY_STATUS, who: 'lead' },
  debrief: { statuses: ['watching', 'guarded', 'closed', 'rolled back', 'abandoned'], who: 'anybody known' },
  // What is open may still need its output.
  forget: { statuses: ['closed', 'abandoned'], who: 'lead' },
  'user report': { statuses: OPEN, who: 'anybody known' },
} as const satisfies Record<string, Rule>

export type CutoverAction = keyof typeof CUTOVER_RULES

interface StepRule {
  /** Statuses of the cutover for steps of its phases, and for steps of its rollback. */
  readonly plan: readonly Status[]
  readonly rollback: readonly Status[]
  /** Statuses of the step, by its kind; a kind that is missing does not know the action. */
  readonly steps: { readonly [kind in StepKind]?: readonly StepStatus[] }
  readonly who: Who
  /** Kinds for which it stays possible while the cutover is held. */
  readonly whileHeld: readonly StepKind[]
}

const EVERY_KIND = ['do', 'check', 'run', 'decide', 'tell', 'watch'] as const satisfies readonly StepKind[]

export const STEP_RULES = {
  tick: {
    plan: UNDER_WAY,
    rollback: [...TURNING_BACK, 'rolled back'],
    steps: { do: ['due', 'failed', 'skipped'] },
    who: 'owner',
    whileHeld: EVERY_KIND,
  },
  untick: {
    plan: ['scheduled', 'running', 'watching'],
    rollback: TURNING_BACK,
    steps: { do: ['due', 'done', 'failed', 'not applicable'] },
    who: 'owner',
    whileHeld: EVERY_KIND,
  },
  run: {
    plan: UNDER_WAY,
    rollback: TURNING_BACK,
    steps: {
      run: ['due', 'skipped'],
      check: ['due', 'done', 'failed', 'unknown', 'overridden', 'skipped'],
      watch: ['due', 'skipped'],
      tell: ['due', 'skipped'],
    },
    who: 'owner',
    whileHeld: ['check'],
  },
  retry: {
    plan: UNDER_WAY,
    rollback: TURNING_BACK,
    steps: { run: ['failed', 'unknown'], watch: ['failed', 'unknown'], tell: ['failed'] },
    who: 'lead or owner',
    whileHeld: [],
  },
  skip: {
    plan: UNDER_WAY,
    rollback: TURNING_BACK,
    steps: {
      do: ['pending', 'due', 'failed'],
      check: ['pending', 'due', 'failed', 'unknown'],
      run: ['pending', 'due', 'failed', 'unknown'],
      tell: ['pending', 'due', 'active', 'failed'],
      watch: ['pending', 'due', 'failed', 'unknown'],
    },
    who: 'lead or owner',
    whileHeld: EVERY_KIND,
  },
  override: {
    plan: UNDER_WAY,
    rollback: TURNING_BACK,
    steps: {
      do: ['failed'],
      check: ['failed', 'unknown'],
      run: ['failed', 'unknown'],
      tell: ['failed'],
      watch: ['failed', 'unknown'],
    },
    who: 'lead or owner',
    whileHeld: EVERY_KIND,
  },
  cancel: {
    plan: [...UNDER_WAY, ...TURNING_BACK, 'rolled back', 'postponed'],
    rollback: [...TURNING_BACK, 'rolled back'],
    // Whatever its status: what counts is that something of it is alive.
    steps: {
      run: ['active', 'unknown'],
      check: ['active', 'unknown', 'done', 'failed', 'overridden', 'skipped'],
      watch: ['active', 'unknown'],
    },
    who: 'holder',
    whileHeld: EVERY_KIND,
  },
  unblock: {
    plan: UNDER_WAY,
    rollback: TURNING_BACK,
    steps: { run: ['active', 'failed', 'unknown'] },
    who: 'lead or owner',
    whileHeld: EVERY_KIND,
  },
  mark: {
    plan: [...UNDER_WAY, ...TURNING_BACK, 'rolled back'],
    rollback: TURNING_BACK,
    steps: { run: ['failed', 'unknown'] },
    who: 'lead or owner',
    whileHeld: EVERY_KIND,
  },
  move: {
    plan: UNDER_WAY,
    rollback: [],
    steps: {
      do: ['pending', 'due'],
      check: ['pending', 'due'],
      run: ['pending', 'due'],
      decide: ['pending', 'due'],
      tell: ['pending', 'due'],
      watch: ['pending', 'due'],
    },
    who: 'lead or owner',
    whileHeld: EVERY_KIND,
  },
  approve: {
    plan: UNDER_WAY,
    rollback: TURNING_BACK,
    steps: { tell: ['pending', 'due'] },
    who: 'role that approves',
    whileHeld: EVERY_KIND,
  },
  reject: {
    plan: UNDER_WAY,
    rollback: TURNING_BACK,
    steps: { tell: ['pending', 'due'] },
    who: 'role that approves',
    whileHeld: EVERY_KIND,
  },
} as const satisfies Record<string, StepRule>

/** Notices that an occasion calls for are seen to also when it was given up: people wait to hear just that. */
export const NOTICE_STATUSES: readonly Status[] = [...OPEN, 'abandoned']

export type StepAction = keyof typeof STEP_RULES

/** Until a step of the option that was taken has started. */
export const CHOICE_RULE = { statuses: UNDER_WAY, who: 'chooser' } as const satisfies Rule

interface GateRule {
  readonly plan: readonly Status[]
  /** For the built-in gate `complete`. */
  readonly complete: readonly Status[]
  readonly who: Who
}

const COMPLETING = ['watching', 'rolled back'] as const satisfies readonly Status[]

export const GATE_RULES = {
  go: { plan: UNDER_WAY, complete: COMPLETING, who: 'approver' },
  'no-go': { plan: UNDER_WAY, complete: COMPLETING, who: 'holder, and after a deadline the lead' },
  round: { plan: UNDER_WAY, complete: COMPLETING, who: 'lead' },
} as const satisfies Record<string, GateRule>

export type GateAction = keyof typeof GATE_RULES

export const CRITERION_RULES = {
  confirm: { plan: UNDER_WAY, complete: COMPLETING, who: 'confirmer' },
  unconfirm: { plan: UNDER_WAY, complete: COMPLETING, who: 'holder' },
  override: { plan: UNDER_WAY, complete: COMPLETING, who: 'lead or owner' },
} as const satisfies Record<string, GateRule>

export type CriterionAction = keyof typeof CRITERION_RULES
