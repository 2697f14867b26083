import { describe } from 'vitest'
import { testDocumentedScript } from './documented-script.ts'

describe('the requests of the printed documentation', () => {
  testDocumentedScript('mapapps-curl.sh', { called: 'requests', count: 47 })
})
