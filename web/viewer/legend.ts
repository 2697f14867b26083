import { element } from '../map/element.ts'
import { legendOf } from '../map/layer-list.ts'
import type { LayerNode } from '../map/layer-node.ts'
import type { Pictures } from '../map/pictures.ts'

/** What the symbols of the layers that are shown mean. */
export class Legend {
  readonly content = element('div', 'legends')
  readonly #tree: readonly LayerNode[]
  readonly #pictures: Pictures

  constructor(tree: readonly LayerNode[], pictures: Pictures) {
    this.#tree = tree
    this.#pictures = pictures
    this.update()
  }

  /** Shows it anew, once layers have been shown or hidden. */
  update(): void {
    const sections = shownLeaves(this.#tree).flatMap((node) => {
      const legend = legendOf(node, this.#pictures)
      return legend ? [element('section', '', element('h3', '', node.name), legend)] : []
    })
    this.content.replaceChildren(
      ...(sections.length > 0 ? sections : [element('p', 'quiet', 'Nothing that is shown has a legend')]),
    )
  }
}

const shownLeaves = (nodes: readonly LayerNode[]): LayerNode[] =>
  nodes.flatMap((node) => {
    if (!node.isVisible) return []
    return node.isFolder ? shownLeaves(node.children) : [node]
  })
