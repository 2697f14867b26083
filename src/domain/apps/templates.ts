/** What new apps are made of: files that are served below `/assets/templates/{id}/`. */
export interface AppTemplate {
  id: string
  title: string
  description: string
  /** Paths in the app. */
  files: readonly string[]
}

export const TEMPLATES: readonly AppTemplate[] = [
  {
    id: 'viewer',
    title: 'Map viewer',
    description:
      'A map with its layers, legend, measuring and what is known of a place; app.json says what it shows.',
    files: ['index.html', 'app.json', 'thumbnail.png'],
  },
]
