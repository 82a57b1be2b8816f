// Line icons on a 20 by 20 grid, drawn in the colour of the text around them.
import { h } from '../dom.js'

/** @type {Record<string, string[]>} */
const PATHS = {
  hash: ['M7.5 3 5.5 17', 'M14.5 3l-2 14', 'M3.5 7.5h13', 'M3.5 12.5h13'],
  lock: ['M5 9h10v7.5H5z', 'M7 9V6.5a3 3 0 0 1 6 0V9'],
  archive: ['M3.5 4h13v3.5h-13z', 'M5 7.5V16h10V7.5', 'M8 10.5h4'],
  more: ['M4.5 10h.01', 'M10 10h.01', 'M15.5 10h.01'],
  reply: ['M4 4.5h12v9H9.5L6 16.5v-3H4z'],
  close: ['M5 5l10 10', 'M15 5 5 15'],
  chevron: ['M6 8l4 4 4-4'],
  menu: ['M3.5 6h13', 'M3.5 10h13', 'M3.5 14h13'],
  people: [
    'M7.5 9.5a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2z',
    'M2.5 16c.4-3 2.3-4.5 5-4.5s4.600 1.500 5 4.500',
    'M13 4.600a2.500 2.500 0 0 1 0 4.700',
    'M14.500 11.800c1.700.6 2.800 2 3 4.200',
  ],
  pin: ['M8 3.500h5l-.6 4.500 2.600 2.500H5.500L8 8z', 'M10.200 10.500V17'],
  link: [
    'M8.500 11.500a3 3 0 0 0 4.300 0l2.700-2.700a3 3 0 0 0-4.300-4.300l-1 1',
    'M11.500 8.500a3 3 0 0 0-4.300 0l-2.700 2.700a3 3 0 0 0 4.300 4.300l1-1',
  ],
  external: ['M8 4.500H4.500v11h11V12', 'M11.500 4.500h4v4', 'M15.500 4.500 9 11'],
  file: ['M5 3h6.500L15 6.500V17H5z', 'M11.500 3v3.500H15'],
  image: ['M3.500 4.500h13v11h-13z', 'M3.500 13l3.500-3.500 3 3 2.500-2.500 4 4', 'M12.500 7.500h.01'],
  send: ['M3.500 16.500 17 10 3.500 3.500l1.800 6.500z', 'M5.300 10H11'],
  eye: [
    'M2.500 10S5.200 5 10 5s7.500 5 7.500 5-2.700 5-7.500 5-7.500-5-7.500-5z',
    'M10 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  ],
  home: ['M3.500 9.500 10 4l6.500 5.500', 'M5.500 8.500V16h9V8.500'],
  warning: ['M10 3.500 17.500 16h-15z', 'M10 8v4', 'M10 14.200h.01'],
  check: ['M4.500 10.500l3.500 3.500 7.500-8'],
  down: ['M10 4v12', 'M5 11l5 5 5-5'],
}

/** Decoration only: whatever holds it says in words what it means. @param {string} name */
export function icon(name) {
  return h(
    'svg',
    { class: `icon icon-${name}`, viewBox: '0 0 20 20', 'aria-hidden': 'true', focusable: 'false' },
    (PATHS[name] ?? []).map((path) => h('path', { d: path })),
  )
}
