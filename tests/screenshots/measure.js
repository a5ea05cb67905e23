/* Says in sentences what is wrong with the page that is open; `least` is the shortest side of a target, in px. */
({least}) => {
  const found = new Set()
  const look = {opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true}
  const words = (element) => (element.innerText ?? element.value ?? '').trim().replace(/\s+/g, ' ').slice(0, 40)
  const named = (element) => `<${element.localName}${[...element.classList].map((c) => `.${c}`).join('')}> “${
    words(element) || element.name || element.getAttribute('aria-label') || ''}”`
  const blockOf = (element) => {
    while (getComputedStyle(element).display.startsWith('inline') && element.parentElement
      && getComputedStyle(element).display === 'inline') element = element.parentElement
    return element
  }

  const wide = document.documentElement.scrollWidth
  if (wide > innerWidth) found.add(`scrolls sideways: ${wide} px wide`)

  /* What may cut an element's content: [ancestor, cuts in x, cuts in y, whether one can scroll to the rest]. */
  const known = new Map()
  const cutters = (element) => {
    if (known.has(element)) return known.get(element)
    const cutting = []
    let position = 'static'
    for (let at = element; at && at !== document.body; at = at.parentElement) {
      const style = getComputedStyle(at)
      if (position !== 'absolute' || style.position !== 'static') {
        const [x, y] = [style.overflowX !== 'visible', style.overflowY !== 'visible']
        if (x || y) cutting.push([at, x, y, /auto|scroll/.test(style.overflowX + style.overflowY)])
        position = style.position
      }
      if (style.position === 'fixed') break
    }
    known.set(element, cutting)
    return cutting
  }

  /* Every line of text as a box. */
  const lines = []
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    const node = texts.currentNode
    const parent = node.parentElement
    if (!node.data.trim() || parent.closest('script, style, noscript, option, textarea') || !parent.checkVisibility(look)) continue
    const range = document.createRange()
    range.selectNodeContents(node)
    const block = blockOf(parent).getBoundingClientRect()
    next: for (const box of range.getClientRects()) {
      if (box.width < 1 || box.bottom <= 0 || box.right <= 0) continue
      let {left, right, top, bottom} = box
      const slack = box.height / 4                   /* the box of a line is taller than its letters */
      for (const [cutter, x, y, scrolls] of cutters(parent)) {
        const edge = cutter.getBoundingClientRect()
        if (edge.width <= 1.5 || edge.height <= 1.5) continue next             /* words for screen readers */
        const cut = (x && (left < edge.left - 1 || right > edge.right + 1)) ||
          (y && (top < edge.top - slack || bottom > edge.bottom + slack))
        if (cut && !scrolls) found.add(`cut off: ${named(parent)} by ${named(cutter)}`)
        if (x) [left, right] = [Math.max(left, edge.left), Math.min(right, edge.right)]
        if (y) [top, bottom] = [Math.max(top, edge.top), Math.min(bottom, edge.bottom)]
        if (right <= left || bottom <= top) continue next
      }
      if (box.right > block.right + 1.5 || box.left < block.left - 1.5) found.add(`sticks out of its box: ${named(parent)}`)
      lines.push({node, parent, left: left + 1, right: right - 1, top: top + slack, bottom: bottom - slack})
    }
  }
  lines.sort((one, other) => one.top - other.top)
  lines.forEach((one, index) => {
    for (let at = index + 1; at < lines.length && lines[at].top < one.bottom; at++) {
      const other = lines[at]
      if (other.node !== one.node && other.left < one.right && one.left < other.right)
        found.add(`overlap: ${named(one.parent)} and ${named(other.parent)}`)
    }
  })

  /* Targets: the element's own box, its label's, or what answers to a finger around its middle. */
  const answers = (element, x, y) => {
    const hit = document.elementFromPoint(x, y)
    return !!hit && (element.contains(hit) || [...(element.labels ?? [])].some((label) => label.contains(hit)))
  }
  const inText = (link) => {
    if (getComputedStyle(link).display !== 'inline') return false
    const block = blockOf(link)
    const own = [...block.querySelectorAll('a')].reduce((rest, a) => rest.replace(a.textContent, ''), block.textContent)
    return /\p{L}{2}/u.test(own)
  }
  for (const element of document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')) {
    const boxes = [element, ...(element.labels ?? [])].filter((one) => one.checkVisibility(look))
      .map((one) => one.getBoundingClientRect()).filter((box) => box.width > 1.5 && box.height > 1.5 && box.bottom > 0)
    if (!boxes.length || (element.localName === 'a' && inText(element))) continue
    if (boxes.some((box) => box.width > least - 0.5 && box.height > least - 0.5)) continue
    const [x, y] = [(boxes[0].left + boxes[0].right) / 2, (boxes[0].top + boxes[0].bottom) / 2]
    const far = least / 2 - 1
    if ([[-far, 0], [far, 0], [0, -far], [0, far]].every(([dx, dy]) => answers(element, x + dx, y + dy))) continue
    found.add(`small target, ${Math.round(boxes[0].width)} × ${Math.round(boxes[0].height)}: ${named(element)}`)
  }

  /* On a desk a title or a surface is not pushed into a column. */
  if (innerWidth >= 992) {
    for (const [selector, least] of [['main h1', 320], ['main .card', 256]]) for (const element of document.querySelectorAll(selector)) {
      const {width} = element.getBoundingClientRect()
      if (width > 1.5 && width < least && !element.closest('.empty') && element.checkVisibility(look))
        found.add(`squeezed to ${Math.round(width)} px: ${named(element)}`)
    }
  }

  /* Running text: what is longer than a note. */
  const size = (element) => parseFloat(getComputedStyle(element).fontSize)
  if (size(document.body) < 16) found.add(`the body's text is ${size(document.body)} px`)
  for (const element of document.querySelectorAll('main :is(p, li, dd)')) {
    const own = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join(' ')
    if (own.length > 120 && size(element) < 16 && element.checkVisibility(look))
      found.add(`small text, ${size(element)} px: ${named(element)} in ${named(element.parentElement)}`)
  }
  return [...found]
}
