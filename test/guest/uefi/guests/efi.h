/* As much of UEFI 2.10 as the test guests call; names and order are the specification's. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef u64 status;
typedef u16 c16;
typedef void *handle;
typedef struct { u32 a; u16 b, c; u8 d[8]; } guid;

#define ERROR(n) ((1ull << 63) | (n))
#define INVALID_PARAMETER ERROR(2)
#define UNSUPPORTED ERROR(3)
#define BUFFER_TOO_SMALL ERROR(5)
#define NOT_READY ERROR(6)
#define NOT_FOUND ERROR(14)

typedef struct text_output {
  status (*reset)(struct text_output *, u8);
  status (*output_string)(struct text_output *, const c16 *);
  status (*test_string)(struct text_output *, const c16 *);
  status (*query_mode)(struct text_output *, u64, u64 *, u64 *);
  status (*set_mode)(struct text_output *, u64);
  status (*set_attribute)(struct text_output *, u64);
  status (*clear_screen)(struct text_output *);
  status (*set_cursor_position)(struct text_output *, u64, u64);
  status (*enable_cursor)(struct text_output *, u8);
  struct { int max, mode, attribute, column, row; u8 visible; } *mode;
} text_output;

typedef struct { u16 scan, character; } key;
typedef struct text_input {
  status (*reset)(struct text_input *, u8);
  status (*read_key)(struct text_input *, key *);
  handle wait_for_key;
} text_input;

typedef struct { u64 signature; u32 revision, size, crc32, reserved; } header;

typedef struct { u32 type; u32 pad; u64 start, virtual_start, pages, attributes; u64 reserved; } descriptor;

typedef struct boot_services {
  header header;
  u64 (*raise_tpl)(u64);
  void (*restore_tpl)(u64);
  status (*allocate_pages)(u32, u32, u64, u64 *);
  status (*free_pages)(u64, u64);
  status (*get_memory_map)(u64 *, void *, u64 *, u64 *, u32 *);
  status (*allocate_pool)(u32, u64, void **);
  status (*free_pool)(void *);
  status (*create_event)(u32, u64, void (*)(handle, void *), void *, handle *);
  status (*set_timer)(handle, u32, u64);
  status (*wait_for_event)(u64, handle *, u64 *);
  status (*signal_event)(handle);
  status (*close_event)(handle);
  status (*check_event)(handle);
  status (*install_protocol_interface)(handle *, const guid *, u32, void *);
  status (*reinstall_protocol_interface)(handle, const guid *, void *, void *);
  status (*uninstall_protocol_interface)(handle, const guid *, void *);
  status (*handle_protocol)(handle, const guid *, void **);
  void *reserved;
  status (*register_protocol_notify)(const guid *, handle, void **);
  status (*locate_handle)(u32, const guid *, void *, u64 *, handle *);
  status (*locate_device_path)(const guid *, void **, handle *);
  status (*install_configuration_table)(const guid *, void *);
  status (*load_image)(u8, handle, void *, void *, u64, handle *);
  status (*start_image)(handle, u64 *, c16 **);
  status (*exit)(handle, status, u64, c16 *);
  status (*unload_image)(handle);
  status (*exit_boot_services)(handle, u64);
  status (*get_next_monotonic_count)(u64 *);
  status (*stall)(u64);
  status (*set_watchdog_timer)(u64, u64, u64, c16 *);
  status (*connect_controller)(handle, handle *, void *, u8);
  status (*disconnect_controller)(handle, handle, handle);
  status (*open_protocol)(handle, const guid *, void **, handle, handle, u32);
  status (*close_protocol)(handle, const guid *, handle, handle);
  status (*open_protocol_information)(handle, const guid *, void **, u64 *);
  status (*protocols_per_handle)(handle, guid ***, u64 *);
  status (*locate_handle_buffer)(u32, const guid *, void *, u64 *, handle **);
  status (*locate_protocol)(const guid *, void *, void **);
  status (*install_multiple_protocol_interfaces)(handle *, ...);
  status (*uninstall_multiple_protocol_interfaces)(handle, ...);
  status (*calculate_crc32)(const void *, u64, u32 *);
  void (*copy_mem)(void *, const void *, u64);
  void (*set_mem)(void *, u64, u8);
  status (*create_event_ex)(u32, u64, void (*)(handle, void *), const void *, const guid *, handle *);
} boot_services;

typedef struct { u16 year; u8 month, day, hour, minute, second, pad; u32 nanosecond; u16 zone; u8 daylight, pad2; } efi_time;

typedef struct {
  header header;
  status (*get_time)(efi_time *, void *);
  status (*set_time)(efi_time *);
  status (*get_wakeup_time)(u8 *, u8 *, efi_time *);
  status (*set_wakeup_time)(u8, efi_time *);
  status (*set_virtual_address_map)(u64, u64, u32, void *);
  status (*convert_pointer)(u64, void **);
  status (*get_variable)(const c16 *, const guid *, u32 *, u64 *, void *);
  status (*get_next_variable_name)(u64 *, c16 *, guid *);
  status (*set_variable)(const c16 *, const guid *, u32, u64, const void *);
  status (*get_next_high_monotonic_count)(u32 *);
  void (*reset_system)(u32, status, u64, void *);
  status (*update_capsule)(void **, u64, u64);
  status (*query_capsule_capabilities)(void **, u64, u64 *, u32 *);
  status (*query_variable_info)(u32, u64 *, u64 *, u64 *);
} runtime_services;

typedef struct { guid guid; void *table; } configuration_table;

typedef struct {
  header header;
  c16 *vendor;
  u32 vendor_revision;
  handle console_in_handle;
  text_input *in;
  handle console_out_handle;
  text_output *out;
  handle error_handle;
  text_output *err;
  runtime_services *runtime;
  boot_services *boot;
  u64 table_count;
  configuration_table *tables;
} system_table;

typedef struct {
  u32 revision;
  handle parent;
  system_table *system;
  handle device;
  void *file_path;
  void *reserved;
  u32 options_size;
  c16 *options;
  u8 *base;
  u64 size;
  u32 code_type, data_type;
  status (*unload)(handle);
} loaded_image;

typedef struct file {
  u64 revision;
  status (*open)(struct file *, struct file **, const c16 *, u64, u64);
  status (*close)(struct file *);
  status (*delete)(struct file *);
  status (*read)(struct file *, u64 *, void *);
  status (*write)(struct file *, u64 *, const void *);
  status (*get_position)(struct file *, u64 *);
  status (*set_position)(struct file *, u64);
  status (*get_info)(struct file *, const guid *, u64 *, void *);
  status (*set_info)(struct file *, const guid *, u64, void *);
  status (*flush)(struct file *);
} file;

typedef struct { u64 size, file_size, physical_size; u8 times[48]; u64 attributes; c16 name[64]; } file_info;

typedef struct file_system {
  u64 revision;
  status (*open_volume)(struct file_system *, file **);
} file_system;

typedef struct {
  u32 version, width, height, format, masks[4], pitch;
} graphics_info;
typedef struct graphics {
  status (*query_mode)(struct graphics *, u32, u64 *, graphics_info **);
  status (*set_mode)(struct graphics *, u32);
  status (*blt)(struct graphics *, void *, u32, u64, u64, u64, u64, u64, u64, u64);
  struct { u32 max, mode; graphics_info *info; u64 info_size; u32 *base; u64 size; } *mode;
} graphics;

typedef struct random {
  status (*get_info)(struct random *, u64 *, guid *);
  status (*get_rng)(struct random *, const guid *, u64, u8 *);
} random;

#define LOADED_IMAGE {0x5b1b31a1, 0x9562, 0x11d2, {0x8e, 0x3f, 0, 0xa0, 0xc9, 0x69, 0x72, 0x3b}}
#define DEVICE_PATH {0x09576e91, 0x6d3f, 0x11d2, {0x8e, 0x39, 0, 0xa0, 0xc9, 0x69, 0x72, 0x3b}}
#define FILE_SYSTEM {0x964e5b22, 0x6459, 0x11d2, {0x8e, 0x39, 0, 0xa0, 0xc9, 0x69, 0x72, 0x3b}}
#define FILE_INFO {0x09576e92, 0x6d3f, 0x11d2, {0x8e, 0x39, 0, 0xa0, 0xc9, 0x69, 0x72, 0x3b}}
#define GRAPHICS {0x9042a9de, 0x23dc, 0x4a38, {0x96, 0xfb, 0x7a, 0xde, 0xd0, 0x80, 0x51, 0x6a}}
#define RANDOM {0x3152bca5, 0xeade, 0x433d, {0x86, 0x2e, 0xc0, 0x1c, 0xdc, 0x29, 0x1f, 0x44}}
#define GLOBAL_VARIABLE {0x8be4df61, 0x93ca, 0x11d2, {0xaa, 0x0d, 0, 0xe0, 0x98, 0x03, 0x2b, 0x8c}}
#define OWN_GUID {0x11111111, 0x2222, 0x3333, {0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb}}

static system_table *system;
static boot_services *boot;
static handle self;

/* Text in char, one call a text: a line in the guest is a line in the golden file. */
static void print(const char *text) {
  c16 wide[160];
  int n = 0;
  for (; text[n] && n < 159; n++) wide[n] = (u8)text[n];
  wide[n] = 0;
  system->out->output_string(system->out, wide);
}

static void number(u64 value, int base) {
  char digits[24];
  int at = 23;
  digits[at] = 0;
  do digits[--at] = "0123456789abcdef"[value % base];
  while ((value /= base) != 0);
  print(digits + at);
}

static void status_line(const char *what, status value) {
  print(what);
  print(": ");
  if (value >> 63) print("error ");
  number(value & ~(1ull << 63), 10);
  print("\r\n");
}

static void value_line(const char *what, u64 value) {
  print(what);
  print(" = ");
  number(value, 10);
  print("\r\n");
}

static int same(const void *a, const void *b, u64 size) {
  for (u64 i = 0; i < size; i++)
    if (((const u8 *)a)[i] != ((const u8 *)b)[i]) return 0;
  return 1;
}

static void start(handle image, system_table *table) {
  self = image;
  system = table;
  boot = table->boot;
}
