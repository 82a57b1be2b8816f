/** What is said where a runbook has no text of its own. The names are no paths, so that no file can bear them. */
export const BUILT_IN_NOTICES: { readonly [name: string]: string } = {
  'cutover:postponed': `---
subject: {{cutover.title}}: {{#if cutover.postponed}}postponed{{else}}moved to {{time planned.start}}{{/if}}
---
{{#if cutover.postponed}}
{{cutover.title}} is postponed. {{#if before}}It was announced for {{time before.start}}.{{/if}}
A new time will be announced.
{{else}}
{{cutover.title}} is moved{{#if before}} from {{time before.start}}{{/if}} to {{time planned.start}}, until {{time planned.end}}.
{{/if}}
{{#if reason}}Reason: {{reason.text}}{{/if}}
`,
  'cutover:abandoned': `---
subject: {{cutover.title}}: cancelled
---
{{cutover.title}} does not take place. {{#if before}}It was announced for {{time before.start}}.{{/if}}
{{#if reason}}Reason: {{reason.text}}{{/if}}
`,
  'cutover:meeting': `---
subject: {{cutover.title}}: {{#if meeting}}{{#if meeting.cancelled}}meeting cancelled{{else}}meeting moved{{/if}}{{/if}}
---
{{#if meeting}}
{{#if meeting.cancelled}}
“{{meeting.title}}” does not take place.
{{else}}
“{{meeting.title}}” is now on {{time meeting.start}}, until {{time meeting.end show="time"}}.
{{/if}}
{{/if}}
`,
}
