import { describe } from 'vitest'
import { testDocumentedScript } from './documented-script.ts'

describe('the commands of the printed documentation', () => {
  testDocumentedScript('giscloud-curl.sh', { called: 'commands', count: 65 })
})
