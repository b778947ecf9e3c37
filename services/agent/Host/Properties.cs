using System.Runtime.Versioning;

// Sessions, /proc and inotify: an agent runs on Linux.
[assembly: SupportedOSPlatform("linux")]
