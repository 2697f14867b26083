// `npm run administrator` makes the first account, with every role, in the database named by DATABASE_URL.
import { ensureAdministrator } from '../src/domain/accounts.ts'
import { openDatabase } from '../src/store/database.ts'
import { ADMIN_PASSWORD_DEFAULT } from './settings.ts'

const { DATABASE_URL, ADMIN_EMAIL, ADMIN_PASSWORD, ADMIN_LOGIN = 'admin' } = process.env
if (!DATABASE_URL || !ADMIN_EMAIL || !ADMIN_PASSWORD) {
  console.error('DATABASE_URL, ADMIN_EMAIL and ADMIN_PASSWORD must be set')
  process.exit(1)
}
if (ADMIN_PASSWORD === ADMIN_PASSWORD_DEFAULT) {
  console.error('ADMIN_PASSWORD must not be the default of local development')
  process.exit(1)
}
const made = await ensureAdministrator(openDatabase({ DATABASE_URL }), {
  login: ADMIN_LOGIN,
  email: ADMIN_EMAIL,
  password: ADMIN_PASSWORD,
})
console.log(made ? `Made the administrator ${ADMIN_LOGIN}` : 'There are accounts already; none was made')
