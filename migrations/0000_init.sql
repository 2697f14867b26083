CREATE TABLE "activity" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "activity_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"auditable_type" text NOT NULL,
	"auditable_id" integer NOT NULL,
	"user_id" integer,
	"action" text NOT NULL,
	"version" integer NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "gcps" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "gcps_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"scan_id" integer NOT NULL,
	"x" double precision NOT NULL,
	"y" double precision NOT NULL,
	"lat" numeric(15, 10) NOT NULL,
	"lon" numeric(15, 10) NOT NULL,
	"name" text,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "grants" (
	"resource_id" integer NOT NULL,
	"principal_type" text NOT NULL,
	"principal_id" integer DEFAULT 0 NOT NULL,
	"verb" text NOT NULL,
	CONSTRAINT "grants_resource_id_verb_principal_type_principal_id_pk" PRIMARY KEY("resource_id","verb","principal_type","principal_id"),
	CONSTRAINT "grants_principal_known" CHECK ("grants"."principal_type" in ('user','group','organization','api_key','anonymous','everyone')),
	CONSTRAINT "grants_verb_known" CHECK ("grants"."verb" in ('view','extract','insert','update','delete_rows','style','edit','publish','share','own'))
);
--> statement-breakpoint
CREATE TABLE "rectifications" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "rectifications_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"scan_id" integer NOT NULL,
	"state" text DEFAULT 'running' NOT NULL,
	"transform" text NOT NULL,
	"resampling" text NOT NULL,
	"use_mask" boolean DEFAULT false NOT NULL,
	"points" jsonb NOT NULL,
	"fit" jsonb NOT NULL,
	"output" jsonb NOT NULL,
	"bbox" text NOT NULL,
	"min_zoom" integer NOT NULL,
	"max_zoom" integer NOT NULL,
	"prior_status" text NOT NULL,
	"archive_key" text,
	"archive_bytes" bigint,
	"geotiff_key" text,
	"failure" text,
	"requested_by" integer,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "rectifications_state_known" CHECK ("rectifications"."state" in ('running','done','failed'))
);
--> statement-breakpoint
CREATE TABLE "resources" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "resources_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"uuid" uuid DEFAULT gen_random_uuid() NOT NULL,
	"slug" text,
	"kind" text NOT NULL,
	"owner_id" integer,
	"title" text NOT NULL,
	"abstract" text,
	"tags" text[] DEFAULT '{}' NOT NULL,
	"extent" geometry(Polygon,4326),
	"published" boolean DEFAULT false NOT NULL,
	"approved" boolean DEFAULT false NOT NULL,
	"featured" boolean DEFAULT false NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"modified_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "resources_uuid_unique" UNIQUE("uuid"),
	CONSTRAINT "resources_slug_unique" UNIQUE("slug")
);
--> statement-breakpoint
CREATE TABLE "scans" (
	"id" integer PRIMARY KEY NOT NULL,
	"status" text DEFAULT 'available' NOT NULL,
	"status_detail" text,
	"mask_status" text DEFAULT 'unmasked' NOT NULL,
	"map_type" text DEFAULT 'is_map' NOT NULL,
	"file_name" text,
	"content_type" text,
	"byte_size" bigint,
	"width" integer,
	"height" integer,
	"source_key" text,
	"pyramid_key" text,
	"pyramid" jsonb,
	"thumbnail_key" text,
	"subject_area" text,
	"unique_id" text,
	"source_uri" text,
	"call_number" text,
	"publisher" text,
	"publication_place" text,
	"authors" text,
	"date_depicted" text DEFAULT '' NOT NULL,
	"scale" text,
	"metadata_projection" text,
	"metadata_lat" numeric,
	"metadata_lon" numeric,
	"issue_year" text,
	"live_rectification_id" integer,
	"baked_rectification_id" integer,
	"gcp_touched_at" timestamp (3) with time zone,
	CONSTRAINT "scans_unique_id_unique" UNIQUE("unique_id"),
	CONSTRAINT "scans_status_known" CHECK ("scans"."status" in ('unloaded','loading','available','warping','warped','published')),
	CONSTRAINT "scans_map_type_known" CHECK ("scans"."map_type" in ('index','is_map','not_map')),
	CONSTRAINT "scans_mask_status_known" CHECK ("scans"."mask_status" in ('unmasked','masking','masked'))
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id_hash" text PRIMARY KEY NOT NULL,
	"user_id" integer NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "users_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"login" text NOT NULL,
	"email" text NOT NULL,
	"password_hash" text,
	"roles" text[] DEFAULT '{}' NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"provider" text,
	"uid" text,
	"token_version" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_roles_known" CHECK ("users"."roles" <@ array['super user','administrator','editor','developer','trusted'])
);
--> statement-breakpoint
ALTER TABLE "activity" ADD CONSTRAINT "activity_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "gcps" ADD CONSTRAINT "gcps_scan_id_scans_id_fk" FOREIGN KEY ("scan_id") REFERENCES "public"."scans"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_resource_id_resources_id_fk" FOREIGN KEY ("resource_id") REFERENCES "public"."resources"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rectifications" ADD CONSTRAINT "rectifications_scan_id_scans_id_fk" FOREIGN KEY ("scan_id") REFERENCES "public"."scans"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rectifications" ADD CONSTRAINT "rectifications_requested_by_users_id_fk" FOREIGN KEY ("requested_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "resources" ADD CONSTRAINT "resources_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "scans" ADD CONSTRAINT "scans_id_resources_id_fk" FOREIGN KEY ("id") REFERENCES "public"."resources"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "activity_auditable_idx" ON "activity" USING btree ("auditable_type","auditable_id","created_at");--> statement-breakpoint
CREATE INDEX "activity_created_idx" ON "activity" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "gcps_scan_idx" ON "gcps" USING btree ("scan_id","created_at","id");--> statement-breakpoint
CREATE INDEX "gcps_updated_idx" ON "gcps" USING btree ("updated_at","id");--> statement-breakpoint
CREATE INDEX "rectifications_scan_idx" ON "rectifications" USING btree ("scan_id","id");--> statement-breakpoint
CREATE INDEX "resources_extent_idx" ON "resources" USING gist ("extent");--> statement-breakpoint
CREATE INDEX "resources_kind_modified_idx" ON "resources" USING btree ("kind","modified_at","id");--> statement-breakpoint
CREATE INDEX "resources_owner_idx" ON "resources" USING btree ("owner_id");--> statement-breakpoint
CREATE INDEX "sessions_user_idx" ON "sessions" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "sessions_expiry_idx" ON "sessions" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "users_login_key" ON "users" USING btree (lower("login"));--> statement-breakpoint
CREATE UNIQUE INDEX "users_email_key" ON "users" USING btree (lower("email"));