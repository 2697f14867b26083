import {
  type OAuthAuthCode,
  type OAuthAuthCodeRepository,
  type OAuthClient,
  type OAuthClientRepository,
  OAuthException,
  type OAuthScope,
  type OAuthScopeRepository,
  type OAuthToken,
  type OAuthTokenRepository,
  type OAuthUserRepository,
} from '@jmondi/oauth2-server'
import {
  type CodeRecord,
  findCode,
  findRefreshToken,
  insertCode,
  insertToken,
  revokeTokensOfCode,
  type TokenRecord,
} from '../../../store/oauth.ts'
import type { SystemPrincipal } from '../../../store/principal.ts'
import type { Context } from '../../context.ts'
import { newSecret, secretHash } from '../../tokens.ts'
import type { ClientRecord } from '../oauth-clients.ts'

/** How long a code can be redeemed. */
export const CODE_SECONDS = 300
export const ACCESS_TOKEN_SECONDS = 3600
/** How long after its last use a line of tokens can be renewed. */
export const REFRESH_TOKEN_DAYS = 30

/** The one scope there is: everything that the user may do, but to change the account itself. */
const SCOPE: OAuthScope = { name: 'all' }
/** What begins a refresh token that was given to a client without its secret, and may be used so. */
const PUBLIC_PREFIX = 'p.'
const CONFIDENTIAL_PREFIX = 'c.'

const issuing: SystemPrincipal = { kind: 'system', reason: 'issue a token' }

/** Who asks for tokens, and whether it has proved itself by its secret. */
export interface AskingClient {
  record: ClientRecord
  isProven: boolean
}

/** A client as the library wants it; its secret has been looked at before. */
const libraryClient = ({ clientId, name, redirectUri }: ClientRecord): OAuthClient => ({
  id: clientId,
  name,
  secret: null,
  redirectUris: [redirectUri],
  allowedGrants: ['authorization_code', 'refresh_token'],
  scopes: [SCOPE],
})

export const clientRepository = ({ record }: AskingClient): OAuthClientRepository => ({
  getByIdentifier: async () => libraryClient(record),
  isClientValid: async () => true,
})

/** Whatever is asked for, the one scope is given. */
export const scopeRepository: OAuthScopeRepository = {
  getAllByIdentifiers: async (names) => names.map((name) => ({ name })),
  finalize: async () => [SCOPE],
}

export const userRepository: OAuthUserRepository = { getUserByCredentials: async (id) => ({ id }) }

/**
 * Codes and tokens of one request, over our tables: what is given out is stored by its hash alone. A code or refresh token is
 * used up in the statement that stores what is given for it, so that it is used once; a second use makes all tokens void
 * that come of the same code.
 * @param redirectUri as the request had it; null where it had none
 */
export function grantRepositories(
  { db }: Context,
  client: AskingClient,
  redirectUri: string | null,
): { codes: OAuthAuthCodeRepository; tokens: OAuthTokenRepository } {
  const { record, isProven } = client
  let code: CodeRecord | null = null
  let older: TokenRecord | null = null

  const codes: OAuthAuthCodeRepository = {
    issueAuthCode: (issuedTo, user, scopes) => ({
      code: newSecret(),
      expiresAt: new Date(Date.now() + CODE_SECONDS * 1000),
      client: issuedTo,
      ...(user ? { user } : {}),
      scopes,
    }),
    async persist(issued) {
      await insertCode(db, issuing, {
        codeHash: secretHash(issued.code),
        clientId: record.id,
        userId: Number(issued.user?.id),
        redirectUri,
        codeChallenge: issued.codeChallenge ?? null,
        expiresAt: new Date(Date.now() + CODE_SECONDS * 1000),
      })
    },
    async getByIdentifier(text): Promise<OAuthAuthCode> {
      code = await findCode(db, issuing, secretHash(text))
      if (code?.clientId !== record.id) throw OAuthException.invalidGrant('The code is unknown')
      if (!isProven && code.codeChallenge === null)
        throw OAuthException.invalidClient('Without the client secret, a code needs PKCE (S256)')
      // A client with one address need not have named it, and may name it now.
      const named = code.redirectUri ?? (redirectUri === record.redirectUri ? redirectUri : undefined)
      return {
        code: text,
        redirectUri: named as string,
        codeChallenge: code.codeChallenge,
        codeChallengeMethod: 'S256',
        expiresAt: code.expiresAt,
        user: { id: code.userId },
        client: libraryClient(record),
        scopes: [SCOPE],
      }
    },
    isRevoked: async () => code?.redeemedAt !== null,
    revoke: async () => {},
  }

  const tokens: OAuthTokenRepository = {
    issueToken: async (issuedTo, scopes, user) => ({
      accessToken: newSecret(),
      accessTokenExpiresAt: new Date(Date.now() + ACCESS_TOKEN_SECONDS * 1000),
      refreshToken: `${isProven ? CONFIDENTIAL_PREFIX : PUBLIC_PREFIX}${newSecret()}`,
      refreshTokenExpiresAt: new Date(Date.now() + REFRESH_TOKEN_DAYS * 24 * 3600 * 1000),
      client: issuedTo,
      user: user ?? null,
      scopes,
    }),
    issueRefreshToken: async (token) => token,
    async persist(token) {
      const { codeHash, userId } = (older ?? code)!
      const isKept = await insertToken(
        db,
        issuing,
        {
          accessHash: secretHash(token.accessToken),
          refreshHash: secretHash(token.refreshToken!),
          ...{ clientId: record.id, userId, codeHash },
          accessExpiresAt: token.accessTokenExpiresAt,
          refreshExpiresAt: token.refreshTokenExpiresAt!,
        },
        older?.id ?? null,
      )
      if (isKept) return
      await revokeTokensOfCode(db, issuing, codeHash)
      throw OAuthException.invalidGrant('It has been used already, or the user has shut the application out')
    },
    async getByRefreshToken(text): Promise<OAuthToken> {
      older = await findRefreshToken(db, issuing, secretHash(text))
      if (older?.clientId !== record.id) throw OAuthException.invalidGrant('The refresh token is unknown')
      if (!isProven && !text.startsWith(PUBLIC_PREFIX))
        throw OAuthException.invalidClient('This refresh token needs the client secret')
      return {
        accessToken: '',
        accessTokenExpiresAt: older.refreshExpiresAt,
        refreshToken: text,
        refreshTokenExpiresAt: older.refreshExpiresAt,
        client: libraryClient(record),
        user: { id: older.userId },
        scopes: [SCOPE],
        originatingAuthCodeId: older.codeHash,
      }
    },
    async isRefreshTokenRevoked() {
      if (!older || older.revokedAt === null) return older === null
      await revokeTokensOfCode(db, issuing, older.codeHash)
      return true
    },
    revokeDescendantsOf: (text) => revokeTokensOfCode(db, issuing, secretHash(text)),
    revoke: async () => {},
  }
  return { codes, tokens }
}
