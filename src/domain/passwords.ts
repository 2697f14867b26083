import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** scrypt's cost: 16 MiB and about 0.2 s of one core. */
const COST = { N: 2 ** 14, r: 8, p: 5 }
const KEY_BYTES = 32
const SCRYPT_MEMORY_MAX_BYTES = 64 * 1024 * 1024

const derive = (password: string, salt: Buffer, cost: { N: number; r: number; p: number }): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(
      password.normalize('NFKC'),
      salt,
      KEY_BYTES,
      { ...cost, maxmem: SCRYPT_MEMORY_MAX_BYTES },
      (error, key) => (error ? reject(error) : resolve(key)),
    )
  })

/** `scrypt$N$r$p$salt$key`, salt and key in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password, salt, COST)
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), key.toString('base64url')].join('$')
}

/**
 * Whether a password is the one that was hashed, in constant time. Without a hash (no such account, or one without a
 * password) the same work is done and the answer is no, so that the time tells nothing.
 */
export async function verifyPassword(password: string, hash: string | null): Promise<boolean> {
  const [scheme, N, r, p, salt, key] = hash?.split('$') ?? []
  if (scheme !== 'scrypt' || !salt || !key) {
    await derive(password, Buffer.alloc(16), COST)
    return false
  }
  const expected = Buffer.from(key, 'base64url')
  const actual = await derive(password, Buffer.from(salt, 'base64url'), {
    N: Number(N),
    r: Number(r),
    p: Number(p),
  })
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}
