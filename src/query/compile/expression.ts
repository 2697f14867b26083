import { type SQL, sql } from 'drizzle-orm'
import type { Expression } from '../ast.ts'
import { compileArithmetic } from './arithmetic.ts'
import { compileCase, compileChoice } from './choice.ts'
import { compileBetween, compileComparison, compileIn } from './comparison.ts'
import { compileCall } from './functions.ts'
import { numberLiteral } from './number-literal.ts'
import { compileProperty } from './property.ts'
import { compileArray, compileSets } from './sets.ts'
import { compileSpatial, literalGeometry } from './spatial.ts'
import { compileInterval, compileTemporal, instantLiteral } from './temporal.ts'
import { compileFold, compileLike } from './text.ts'
import { type Compilation, typed, type Value } from './value.ts'

/** @throws QueryError where it means nothing of the target */
export function compileExpression(expression: Expression, compilation: Compilation): Value {
  const boolean = (sql: SQL): Value => ({ sql, type: 'boolean' })
  switch (expression.kind) {
    case 'text':
      return { sql: sql`${expression.value}::text`, type: 'text' }
    case 'null':
      return { sql: sql`null::text`, type: 'text' }
    case 'number':
      return numberLiteral(expression.value)
    case 'boolean':
      return boolean(sql`${expression.value}::boolean`)
    case 'date':
    case 'timestamp':
      return instantLiteral(expression)
    case 'interval':
      return compileInterval(expression, compilation)
    case 'geometry':
    case 'box':
      return { sql: literalGeometry(expression, compilation.target), type: 'geometry' }
    case 'array':
      return compileArray(expression, compilation)
    case 'property':
      return compileProperty(expression, compilation.target)
    case 'fold':
      return compileFold(expression, compilation)
    case 'call':
      return compileCall(expression, compilation)
    case 'choice':
      return compileChoice(expression, compilation)
    case 'case':
      return compileCase(expression, compilation)
    case 'arithmetic':
      return compileArithmetic(expression, compilation)
    case 'and':
    case 'or': {
      const operands = expression.operands.map((operand) => typed(compilation, operand, 'boolean').sql)
      return boolean(sql`(${sql.join(operands, sql.raw(` ${expression.kind} `))})`)
    }
    case 'not':
      return boolean(sql`(not ${typed(compilation, expression.operand, 'boolean').sql})`)
    case 'isNull':
      return boolean(sql`(${compilation.value(expression.operand).sql} is null)`)
    case 'comparison':
      return boolean(compileComparison(expression, compilation))
    case 'between':
      return boolean(compileBetween(expression, compilation))
    case 'in':
      return boolean(compileIn(expression, compilation))
    case 'like':
      return boolean(compileLike(expression, compilation))
    case 'spatial':
      return boolean(compileSpatial(expression, compilation))
    case 'temporal':
      return boolean(compileTemporal(expression, compilation))
    case 'sets':
      return boolean(compileSets(expression, compilation))
  }
}
