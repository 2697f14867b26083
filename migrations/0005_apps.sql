CREATE TABLE "app_files" (
	"app_id" integer NOT NULL,
	"path" text NOT NULL,
	"object_key" text NOT NULL,
	"byte_size" bigint NOT NULL,
	"content_type" text NOT NULL,
	"sha256" text NOT NULL,
	"crc32" bigint NOT NULL,
	"modified_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "app_files_app_id_path_pk" PRIMARY KEY("app_id","path")
);
--> statement-breakpoint
CREATE TABLE "app_optimized_files" (
	"app_id" integer NOT NULL,
	"path" text NOT NULL,
	"object_key" text NOT NULL,
	"byte_size" bigint NOT NULL,
	"content_type" text NOT NULL,
	"sha256" text NOT NULL,
	"gzip_key" text,
	"brotli_key" text,
	CONSTRAINT "app_optimized_files_app_id_path_pk" PRIMARY KEY("app_id","path")
);
--> statement-breakpoint
CREATE TABLE "apps" (
	"id" integer PRIMARY KEY NOT NULL,
	"editor_state" text DEFAULT 'DRAFT' NOT NULL,
	"template_id" text,
	"modified_by" integer,
	"content_version" integer DEFAULT 1 NOT NULL,
	"is_preoptimized" boolean DEFAULT false NOT NULL,
	CONSTRAINT "apps_editor_state_known" CHECK ("apps"."editor_state" in ('DRAFT','EDITED','VERIFIED','PUBLISHED','DEPRECATED'))
);
--> statement-breakpoint
ALTER TABLE "grants" DROP CONSTRAINT "grants_principal_known";--> statement-breakpoint
ALTER TABLE "app_files" ADD CONSTRAINT "app_files_app_id_apps_id_fk" FOREIGN KEY ("app_id") REFERENCES "public"."apps"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "app_optimized_files" ADD CONSTRAINT "app_optimized_files_app_id_apps_id_fk" FOREIGN KEY ("app_id") REFERENCES "public"."apps"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "apps" ADD CONSTRAINT "apps_id_resources_id_fk" FOREIGN KEY ("id") REFERENCES "public"."resources"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "apps" ADD CONSTRAINT "apps_modified_by_users_id_fk" FOREIGN KEY ("modified_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "apps_modified_by_idx" ON "apps" USING btree ("modified_by");--> statement-breakpoint
CREATE UNIQUE INDEX "resources_slug_any_case_key" ON "resources" USING btree (lower("slug"));--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_principal_known" CHECK ("grants"."principal_type" in ('user','group','role','organization','api_key','anonymous','everyone'));